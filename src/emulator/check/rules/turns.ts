/**
 * Rules of setup and turns. Owns the words and sources; what is refused where is the table in story.ts.
 */
import { profileNames } from '../sessions.js';
import type { TurnRule } from '../story.js';
import { never, type Rule, type Watch } from '../rule.js';

const all = profileNames;

interface TurnWords {
  readonly source: string;
  readonly says: string;
  readonly detail: string;
}

const turnWords: Readonly<Record<TurnRule, TurnWords>> = {
  'turn/nothing-after-generation-complete': {
    source: 'DOC generationComplete: the model is done generating; REC, all profiles',
    says: 'After generationComplete no modelTurn and no call of the same turn comes; what the model says next begins after turnComplete.',
    detail: 'a modelTurn or toolCall after generationComplete, before turnComplete',
  },
  'turn/generation-complete-once': {
    source: 'DOC generationComplete; REC, all profiles',
    says: 'A turn has one generationComplete, a second only for the answer to a tool response.',
    detail: 'a second generationComplete in one turn',
  },
  'turn/generation-complete-of-something': {
    source: 'DOC generationComplete: the model is done generating; REC, all profiles',
    says: 'generationComplete needs output of the model, or something of the user since the last turn, to have been there.',
    detail: 'generationComplete while no turn is open and nothing was said',
  },
  'turn/generation-complete-first': {
    source: 'DOC generationComplete: before turnComplete, unless interrupted; REC, all profiles',
    says: 'A turn in which the model spoke has generationComplete before turnComplete, unless it was interrupted or says another turnCompleteReason.',
    detail: 'turnComplete without generationComplete or interrupted before it, though the model spoke',
  },
  'turn/complete-once': {
    source:
      'REC, all profiles: one turnComplete a turn, and of a tool round on Vertex AI one for the call and one for the answer',
    says: 'Each turn has one turnComplete; another needs something the user said or sent in between.',
    detail: 'turnComplete while no turn is open and nothing was said',
  },
  'turn/interrupts-something': {
    source: 'DOC interrupted: a client message has interrupted current generation',
    says: 'interrupted needs a turn of the model, or something of the user, to have been there.',
    detail: 'interrupted while no turn is open and nothing was said',
  },
  'turn/interrupted-once': {
    source: 'DOC interrupted; REC 2.5 native audio',
    says: 'A turn is interrupted once.',
    detail: 'a second interrupted in one turn',
  },
  'turn/nothing-after-interrupted': {
    source:
      'DOC generationComplete: an interrupted turn goes through interrupted, then turnComplete; REC 2.5 native audio',
    says: 'After interrupted nothing more of that turn comes before its turnComplete.',
    detail: 'output or a tool call after interrupted, before turnComplete',
  },
  'turn/no-generation-complete-after-interrupted': {
    source: 'DOC generationComplete: there is none in an interrupted turn',
    says: 'After interrupted no generationComplete of that turn comes.',
    detail: 'generationComplete after interrupted, before turnComplete',
  },
};

/** Empty frames were seen anywhere. */
const beforeSetup = new Set(['setupComplete', 'nothing']);

const setupRules: readonly Rule[] = [
  {
    id: 'setup/first',
    profiles: all,
    source: 'DOC first message; REC, all profiles',
    says: 'setupComplete is the first message of the service; nothing comes before it.',
    watch: never(({ shape, step, story }, session) =>
      step.dir === 'received' && !beforeSetup.has(shape.kind) && !story.isSetUp && !session.headMissing
        ? `${shape.kind} before setupComplete`
        : null,
    ),
  },
  {
    id: 'setup/once',
    profiles: all,
    source: 'DOC setup is sent once a connection; REC, all profiles',
    says: 'A connection has one setupComplete.',
    watch: never(({ shape, story }) =>
      shape.kind === 'setupComplete' && story.isSetUp ? 'a second setupComplete without another setup' : null,
    ),
  },
];

const turnRules: readonly Rule[] = (Object.entries(turnWords) as [TurnRule, TurnWords][]).map(
  ([id, { source, says, detail }]) => ({
    id,
    profiles: all,
    source,
    says,
    watch: never(({ shape, step, story }) => (step.dir === 'received' && story.refusal(shape) === id ? detail : null)),
  }),
);

/** A recorder may leave out the media: the tokens tell that there was some. */
const countedSpeech: Rule = {
  id: 'turn/counted-speech-was-generated',
  profiles: all,
  source: 'DOC generationComplete, usageMetadata.responseTokenCount; REC 2.5 half-cascade without its media',
  says: 'A turnComplete that counts response tokens comes after generationComplete, interrupted or a tool call.',
  watch: (): Watch => {
    let hasCause = false;
    return ({ shape, story }) => {
      if (['generationComplete', 'interrupted', 'toolCall'].includes(shape.kind)) hasCause = true;
      if (shape.kind !== 'turnComplete') return null;
      const isRight = hasCause || !shape.spokeTokens || shape.hasReason || shape.goesOn || story.phase === 'unknown';
      hasCause = false;
      return isRight || story.spoke ? null : 'turnComplete counts what was never generated';
    };
  },
};

const openings = new Set(['output', 'thought', 'code', 'toolCall']);

const causes: readonly Rule[] = [
  {
    id: 'turn/user-first',
    profiles: all,
    source: 'DOC turns: the model answers what the client sends; REC, all profiles',
    says: 'Where nothing is streamed in real time, the model begins a turn only after the client has sent something that asks for it.',
    watch: never(({ shape, step, story }) => {
      const opens = step.dir === 'received' && story.phase === 'between' && openings.has(shape.kind);
      return opens && story.showsCauses && !story.askedSinceOpening
        ? 'a turn of the model that nothing sent asked for'
        : null;
    }),
  },
  {
    id: 'turn/interrupted-by-client',
    profiles: all,
    source: 'DOC interrupted: a client message has interrupted the generation; REC 2.5 native audio',
    says: 'Where nothing is streamed in real time, interrupted comes only after the client has sent something in that turn.',
    watch: never(({ shape, story }) => {
      const isOpen = story.phase === 'answering' || story.phase === 'generated';
      return shape.kind === 'interrupted' && isOpen && story.showsCauses && !story.sentSinceOpening
        ? 'interrupted, though the client sent nothing in this turn'
        : null;
    }),
  },
];

export const turnGrammar: readonly Rule[] = [...setupRules, ...turnRules, countedSpeech, ...causes];
