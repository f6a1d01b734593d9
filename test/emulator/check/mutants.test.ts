/** A grammar that lets everything pass is worth nothing: sessions with one message out of order have to be refused. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { grammar } from '../../../src/emulator/check/grammar.js';
import { profileNames } from '../../../src/emulator/check/sessions.js';
import { conversation, mutantsOf, type Mutant } from './conversations.js';
import { refusals } from './support.js';

const seed = 4;
const sessions = 60;
const ids = new Set(grammar.map(({ id }) => id));

const isKilled = ({ said }: Mutant): boolean =>
  refusals(...said).some((refusal) => ids.has(refusal.split('@')[0] ?? ''));
/** What a client sends is free; only where it sends no audio does it show why the service does what it does. */
const isOfClient = ({ what }: Mutant): boolean => what.includes('clientContent');

describe.each(profileNames)('%s', (profile) => {
  test('sessions in order are right', () => {
    fc.assert(
      fc.property(conversation(profile), (said) => {
        expect(refusals(...said)).toEqual([]);
      }),
      { seed, numRuns: sessions },
    );
  });

  test('sessions out of order are refused, by a rule', () => {
    const mutants = fc
      .sample(conversation(profile), { seed, numRuns: sessions })
      .flatMap(mutantsOf)
      .filter(({ alsoRight }) => alsoRight === null);
    const ofService = mutants.filter((mutant) => !isOfClient(mutant));
    const survivors = ofService.filter((mutant) => !isKilled(mutant)).map(({ how, what }) => `${how} ${what}`);
    expect(ofService.length).toBeGreaterThan(1_000);
    expect([...new Set(survivors)]).toEqual([]);
    expect(mutants.filter(isKilled).length / mutants.length).toBeGreaterThan(0.9);
  });
});
