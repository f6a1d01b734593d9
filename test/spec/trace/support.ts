/** A session on the real statechart, recorded, in a world where dials answer when the test says so. */
import { createSessionActor, type DialInput, type SessionEvent } from '../../../machines/index.js';
import { parseTrace, type TraceRecord } from '../../../src/trace/format.js';
import { TraceRecorder, type TraceRecorderOptions } from '../../../src/trace/recorder.js';
import { input } from '../../support/machine.js';
import { virtualClock } from '../../support/virtualClock.js';

export const header = { sessionId: 'lifeline-1', model: 'live-model', transport: 'fake' };

export function recordedSession(options: Partial<TraceRecorderOptions> = {}) {
  const clock = virtualClock(1_000);
  const lines: string[] = [];
  const recorder = new TraceRecorder({ sink: (line) => void lines.push(line), clock, header, ...options });
  const dials: { readonly input: DialInput; readonly answer: (event: SessionEvent) => void }[] = [];
  const actor = createSessionActor({
    input: input(),
    clock: recorder.wrapClock(clock),
    inspect: recorder.inspect,
    onGuard: recorder.onGuard,
    world: {
      dial: (dialInput, answer) => {
        dials.push({ input: dialInput, answer });
        return () => {};
      },
      prepareReseed: async () => ({ restores: false }),
      shutDown: async () => {},
    },
  });
  return {
    actor,
    clock,
    dials,
    lines,
    recorder,
    text: () => lines.map((line) => `${line}\n`).join(''),
    records: () => recordsOf(lines),
    of: <T extends TraceRecord['type']>(type: T) =>
      recordsOf(lines).filter((record): record is Extract<TraceRecord, { type: T }> => record.type === type),
  };
}

export function recordsOf(lines: readonly string[]): readonly TraceRecord[] {
  const parsed = parseTrace(lines.join('\n'));
  if (!parsed.ok) throw new Error(`line ${parsed.problem.line}: ${parsed.problem.message}`);
  return parsed.records;
}
