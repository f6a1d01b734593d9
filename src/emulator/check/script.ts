/**
 * What the emulator's model is told to do so that it calls the functions that were called in a recording. Where nothing
 * was called, its own habits answer.
 *
 * Owns which turn of the user a call belongs to. Takes neither words nor order from the recording but this: speech before
 * the call, the call, speech after it.
 */
import type { EmulatorScript, ScriptStep, ScriptTurn } from '../model/script.js';
import { fieldsOf, listOf, type Fields, type Shape, type Step } from './read.js';
import type { Session } from './sessions.js';
import { asksForAnswer, Tally, type Part } from './cues.js';

/** What a script may hold; a longer recording goes on with the emulator's own habits. */
const maxTurns = 500;
const maxSteps = 200;
const sentence = 'Let me see.';
const answer = 'This is what I found.';

interface Plan {
  readonly turn: number;
  readonly steps: ScriptStep[];
  calls: number;
}

export function scriptFor(session: Session, part: Part): EmulatorScript {
  const tally = new Tally(session);
  const speakLines = part.cues.filter((cue) => cue.do === 'speak').map(({ line }) => line);
  const turns: ScriptTurn[] = [];
  let userTurns = 0;
  let plan: Plan | null = null;
  const close = (): void => {
    if (plan !== null && plan.calls > 0) {
      const steps = endsWithSpeech(plan.steps) ? plan.steps : [...plan.steps, { say: answer }];
      turns.push({ when: { turn: plan.turn }, steps });
    }
    plan = null;
  };
  for (const step of session.steps) {
    if (speakLines.includes(step.line) && step.dir === 'received') userTurns += 1;
    for (const shape of step.shapes) {
      if (step.dir === 'sent' && asksForAnswer(shape)) userTurns += 1;
      if (tally.tell(step.dir, shape)) {
        close();
        plan = { turn: Math.max(1, userTurns), steps: [], calls: 0 };
      }
      if (plan !== null) extend(plan, shape, step, session);
    }
  }
  close();
  return { turns: turns.slice(0, maxTurns), otherwise: 'echo' };
}

function extend(plan: Plan, shape: Shape, step: Step, session: Session): void {
  if (plan.steps.length >= maxSteps) return;
  if (shape.kind === 'output' && !endsWithSpeech(plan.steps))
    plan.steps.push({ say: plan.calls > 0 ? answer : sentence });
  if (shape.kind === 'thought') plan.steps.push({ think: sentence });
  if (shape.kind !== 'toolCall') return;
  const args = argsOf(step);
  const calls = shape.calls
    .map(({ name }, index) => ({ name, args: args[index] ?? {}, nonBlocking: session.nonBlocking.has(name) }))
    .filter(({ name }) => name !== '');
  if (calls.length === 0) return;
  plan.calls += 1;
  plan.steps.push({ call: calls });
}

function endsWithSpeech(steps: readonly ScriptStep[]): boolean {
  const last = steps.at(-1);
  return last !== undefined && 'say' in last;
}

function argsOf(step: Step): Fields[] {
  return listOf(fieldsOf(step.message['toolCall'])['functionCalls']).map((call) => fieldsOf(fieldsOf(call)['args']));
}
