/** `gemini-lifeline emulator-check`: flags and words around emulatorCheck.ts. */
import { emulatorRules } from '../emulator/check/emulatorRules.js';
import { grammar } from '../emulator/check/grammar.js';
import { jsonFlag, UsageError, type Command } from './command.js';
import { emulatorCheck, exitCodeOf, ruleLines } from './emulatorCheck.js';

export const emulatorCheckCommand: Command = {
  name: 'emulator-check',
  summary:
    'Check recorded sessions, and the emulator given their sent halves, against one grammar of message order: a rule for\n' +
    'each point, with its source, by family of models.',
  args: ['DIR'],
  argsAreOptional: true,
  flags: {
    rules: { type: 'boolean', describe: 'Print the rules of the grammar and their sources; takes no DIR.' },
    json: jsonFlag,
  },
  notes:
    'One file per session, *.jsonl; docs/RECORDINGS.md has the format. Exits 1 when a rule refuses anything, and when a file cannot be read.',
  async run({ flags, args, io }) {
    const json = flags['json'] === true;
    const [dir] = args;
    if (flags['rules'] === true) {
      if (dir !== undefined) throw new UsageError('--rules takes no DIR.');
      const rules = grammar.map(({ id, profiles, source, says }) => ({ id, profiles, source, says }));
      if (json) io.print(JSON.stringify({ rules, emulatorRules }));
      else for (const line of ruleLines()) io.print(line);
      return 0;
    }
    if (dir === undefined) throw new UsageError('emulator-check takes DIR; got none.');
    const report = await emulatorCheck(dir, json ? () => {} : (line) => io.print(line));
    if (json) io.print(JSON.stringify(report));
    return exitCodeOf(report);
  },
};
