/**
 * Whether a transport keeps what the port promises (src/transport/port.ts), as named cases for any test runner.
 *
 * Owns the list. The questions are conformance/; the service they are asked against is the emulator.
 */
import { dialQuestions } from './conformance/dials.js';
import { endQuestions } from './conformance/ends.js';
import { caseOf, type CreateSubject } from './conformance/subject.js';
import { warmQuestions } from './conformance/warm.js';
import type { NamedCase } from './namedCase.js';

/**
 * The cases, each with a subject of its own:
 *
 *     const cases = transportConformance(async () => {
 *       const server = await startEmulatorServer({ setupMs: 1, handleEveryMs: 20 });
 *       return { transport: mine(server.baseUrl), emulator: server.emulator, close: server.close };
 *     });
 *     for (const { name, run } of cases) test(name, run);
 *
 * `run` rejects with a KitError. On the system clock; a case takes some milliseconds, and the one about a service that
 * answers nothing takes `closeGraceMs`, so give the transport a short one and say it. `setupMs` and `handleEveryMs` of
 * the emulator are waited for.
 */
export function transportConformance(createSubject: CreateSubject): readonly NamedCase[] {
  return [...dialQuestions, ...endQuestions, ...warmQuestions].map((question) => caseOf(createSubject, question));
}
