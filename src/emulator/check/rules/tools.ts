/**
 * Rules of tool rounds. Owns the order of calls, responses, cancellations and answers.
 */
import type { Shape } from '../read.js';
import { profileNames, type Session } from '../sessions.js';
import { never, type Rule, type Watch } from '../rule.js';

const all = profileNames;

function callIds(shape: Shape): readonly string[] {
  return shape.kind === 'toolCall' ? shape.calls.map(({ id }) => id).filter((id) => id !== '') : [];
}

/** Answers to calls of before, or of a part that is not in the file. */
const knowsAllCalls = ({ headMissing, resumed }: Session): boolean => !headMissing && !resumed;

export const toolGrammar: readonly Rule[] = [
  {
    id: 'tool/ids-are-new',
    profiles: all,
    source: 'DOC FunctionCall.id is unique; REC 2.5 native audio, 3.1, Vertex',
    says: 'Every function call has an id of its own.',
    watch: () => {
      const seen = new Set<string>();
      return ({ shape }) => {
        for (const id of callIds(shape)) {
          if (seen.has(id)) return `the id of a call came twice (${id})`;
          seen.add(id);
        }
        return null;
      };
    },
  },
  {
    id: 'tool/asked-before-answered',
    profiles: all,
    source:
      'DOC toolResponse answers a toolCall by its id; REC 2.5 native audio, 3.1, Vertex; REC 2.5 half-cascade: no answer to a made-up id',
    says: 'What the client responds to was called before; the model answers no response to a call that never came.',
    watch: (session): Watch => {
      const shapes = session.steps.flatMap((step) => step.shapes);
      const asked = new Set(shapes.flatMap(callIds));
      const seen = new Set<string>();
      let strange: string | null = null;
      return ({ shape }) => {
        for (const id of callIds(shape)) seen.add(id);
        if (shape.kind === 'toolResponse') {
          const early = shape.ids.find((id) => asked.has(id) && !seen.has(id));
          if (early !== undefined) return `a response to a call that comes later (${early})`;
          if (knowsAllCalls(session)) strange = shape.ids.find((id) => id !== '' && !asked.has(id)) ?? strange;
        }
        if (shape.kind !== 'output' || strange === null) return null;
        const id = strange;
        strange = null;
        return `the model answers a response to a call that never came (${id})`;
      };
    },
  },
  {
    id: 'tool/cancels-open-calls',
    profiles: all,
    source: 'DOC toolCallCancellation: previously issued calls that should not have been executed',
    says: 'toolCallCancellation names only calls that came before and whose result the model has not used.',
    watch: never(({ shape, story }, session) => {
      if (shape.kind !== 'cancellation') return null;
      for (const id of shape.ids) {
        const state = story.calls.get(id)?.state;
        if (state === 'open' || state === 'answered' || state === 'dropped') continue;
        if (state === undefined && !knowsAllCalls(session)) continue;
        return state === undefined ? `cancels a call that never came (${id})` : `cancels a call that is over (${id})`;
      }
      return null;
    }),
  },
  {
    id: 'tool/cancelled-by-client',
    profiles: all,
    source: 'DOC toolCallCancellation: when the client interrupts the turn of the server',
    says: 'Where nothing is streamed in real time, toolCallCancellation comes only after the user has written more.',
    watch: never(({ shape, story }) =>
      shape.kind === 'cancellation' && story.showsCauses && !story.heardUserDuringCalls && !story.sentSinceOpening
        ? 'toolCallCancellation, though the client wrote nothing after the call'
        : null,
    ),
  },
  {
    id: 'tool/blocking-call-waits',
    profiles: all,
    source:
      'DOC tools: calls block unless declared NON_BLOCKING; REC 2.5 native audio, 3.1; LOG livekit/agents#7195: a sentence begun before the call may end after it',
    says: 'While a blocking call is open the model does not begin to speak, unless the user said more.',
    watch: never(({ shape, story }, { hasSent, setup }) => {
      if (shape.kind !== 'output' || !hasSent || setup === null || story.heardUserDuringCalls) return null;
      const waiting = story.openBlockingCalls().find(({ midSentence }) => !midSentence);
      return waiting === undefined ? null : `the model speaks before the response of ${waiting.name}`;
    }),
  },
  {
    id: 'tool/turn-stays-open',
    profiles: ['2.5-native', '3.1'],
    source: 'REC 2.5 native audio, 3.1: call, response and answer are one turn (on Vertex AI they are two)',
    says: 'No turnComplete comes while a blocking call is open, unless the turn was interrupted.',
    watch: never(({ shape, story }, { hasSent, setup, isVertex }) => {
      if (shape.kind !== 'turnComplete' || story.phase === 'interrupted' || isVertex) return null;
      if (!hasSent || setup === null || story.heardUserDuringCalls) return null;
      const waiting = story.openBlockingCalls().find(({ midSentence }) => !midSentence);
      return waiting === undefined ? null : `turnComplete before the response of ${waiting.name}`;
    }),
  },
];
