/**
 * Rules of the session beside its turns: resumption updates, goAway, usage. Where updates fall is free: they were seen
 * anywhere.
 */
import { asked, profileNames } from '../sessions.js';
import { never, type Rule, type Watch } from '../rule.js';

const all = profileNames;

export const sessionGrammar: readonly Rule[] = [
  {
    id: 'update/only-if-asked',
    profiles: ['2.5-native', '2.5-flash', 'vertex-2.5'],
    source: 'DOC sessionResumption: updates come when it is set; REC 3.1, 3.8 send them unasked, 2.5 does not',
    says: 'For 2.5 models, sessionResumptionUpdate comes only where the setup has sessionResumption.',
    watch: never(({ shape }, { setup }) =>
      shape.kind === 'update' && asked(setup, 'sessionResumption') === false
        ? 'sessionResumptionUpdate, which the setup did not ask for'
        : null,
    ),
  },
  {
    id: 'update/handle-if-resumable',
    profiles: all,
    source: 'DOC newHandle: empty if resumable is false; REC 3.1, 3.8',
    says: 'An update has a handle if it says resumable, and none otherwise.',
    watch: never(({ shape }) => {
      if (shape.kind !== 'update' || shape.hasHandle === shape.resumable) return null;
      return shape.resumable ? 'a resumable update without a handle' : 'a handle in an update that is not resumable';
    }),
  },
  {
    id: 'update/index-never-falls',
    profiles: all,
    source: 'DOC lastConsumedClientMessageIndex: counts the messages of one connection',
    says: 'lastConsumedClientMessageIndex never falls on one connection.',
    watch: (): Watch => {
      let last = 0;
      return ({ shape }) => {
        if (shape.kind !== 'update' || shape.index === null) return null;
        const from = last;
        last = shape.index;
        return last < from ? `lastConsumedClientMessageIndex fell from ${from} to ${last}` : null;
      };
    },
  },
  {
    id: 'goaway/time-runs-out',
    profiles: all,
    source: 'DOC goAway.timeLeft: what remains of the connection',
    says: 'Of two goAway on one connection the later has less time left.',
    watch: (): Watch => {
      let leftMs = Infinity;
      return ({ shape }) => {
        if (shape.kind !== 'goAway' || shape.timeLeftMs === null) return null;
        const before = leftMs;
        leftMs = shape.timeLeftMs;
        return leftMs < before ? null : `a goAway with ${leftMs} ms left after one with ${before} ms`;
      };
    },
  },
  {
    id: 'usage/of-something',
    profiles: all,
    source: 'DOC usageMetadata: about the responses; REC, all profiles: on the turnComplete frame',
    says: 'usageMetadata comes after something was sent or said, not with setupComplete or before.',
    watch: ({ headMissing, hasSent }): Watch => {
      let something = headMissing;
      return ({ shape, step }) => {
        const isSilent = ['setup', 'setupComplete', 'nothing', 'other', 'update', 'usage'].includes(shape.kind);
        something ||= !isSilent && (step.dir === 'sent' || shape.kind !== 'goAway');
        if (shape.kind !== 'usage') return null;
        if (step.shapes.some(({ kind }) => kind === 'setupComplete')) return 'usageMetadata in the setupComplete frame';
        return something || !hasSent ? null : 'usageMetadata before anything was sent or said';
      };
    },
  },
];
