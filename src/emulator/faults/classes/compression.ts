/**
 * Faults of the context window: what the server says of its size, and when it slides.
 *
 * Owns the classes of the group `compression`.
 */
import { group } from './class.js';

const usage = { at: 'serverMessage', kind: 'usageMetadata' } as const;

export const compressionClasses = group('compression', {
  'usage/jump': [
    'The context grows by 110,000 tokens at once; the next usageMetadata says so, or the window slides.',
    'OWN: a long tool result, an image',
    { action: { do: 'addTokens', tokens: 110_000 } },
  ],
  'usage/overflow': [
    'The context grows by 200,000 tokens at once: a session without compression ends.',
    'DOC: the window has 128,000',
    { action: { do: 'addTokens', tokens: 200_000 } },
  ],
  'usage/fall': [
    'One usageMetadata says that the prompt had a single token.',
    'LOG: looks like a lost context',
    {
      match: usage,
      action: { do: 'edit', set: { 'usageMetadata.promptTokenCount': 1, 'usageMetadata.totalTokenCount': 1 } },
    },
  ],
  'usage/missing': [
    'usageMetadata never comes.',
    'LOG: lost in readers that look at one field of a frame',
    { match: usage, action: { do: 'edit', set: { usageMetadata: null } }, times: 0 },
  ],
  'usage/empty': [
    'usageMetadata is always empty.',
    'LOG',
    { match: usage, action: { do: 'edit', set: { usageMetadata: {} } }, times: 0 },
  ],
  'compression/never': [
    'The window never slides, although compression was asked for.',
    'OWN: the prompt grows beyond every trigger',
    { action: { do: 'neverCompress' }, times: 0 },
  ],
});
