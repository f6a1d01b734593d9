/**
 * Checks one recording: what was recorded, and what the emulator does about its sent half, against the same grammar.
 *
 * Owns the report of a file. Reads no file.
 */
import { partOf, receivedNames } from './cues.js';
import type { EmulatorScript } from '../model/script.js';
import { drive, type Run } from './drive.js';
import { answersWhatTheServiceAnswered, takesWhatTheServiceTook } from './emulatorRules.js';
import { deviationsOf } from './grammar.js';
import { stepsOf, type RecordedLine } from './read.js';
import type { Deviation } from './rule.js';
import { sessionsOf, type ProfileName } from './sessions.js';

export interface SessionReport {
  readonly profile: ProfileName;
  /** Shapes, runs counted as one. */
  readonly recorded: { readonly shapes: number; readonly deviations: readonly Deviation[] };
  readonly emulated: { readonly shapes: number; readonly deviations: readonly Deviation[] };
  readonly notes: readonly string[];
}

/** One report for each session in the recording; none when nothing was received. `script`: instead of a fitting one. */
export function checkRecording(lines: readonly RecordedLine[], script?: EmulatorScript): SessionReport[] {
  return sessionsOf(stepsOf(lines)).map((session) => {
    const run = drive(session, partOf(session), script);
    const notes = [...run.notes];
    const made = run.session === null ? new Set<string>() : receivedNames(run.session);
    const missing = [...receivedNames(session)].filter((name) => !made.has(name));
    if (missing.length > 0) notes.push(`recorded, and not sent by the emulator: ${missing.join(', ')}`);
    return {
      profile: session.profile,
      recorded: { shapes: session.steps.length, deviations: deviationsOf(session) },
      emulated: {
        shapes: run.session?.steps.length ?? 0,
        deviations: [...(run.session === null ? [] : deviationsOf(run.session)), ...breachesOf(run)],
      },
      notes,
    };
  });
}

/** With the lines of the recording. */
function breachesOf({ closed, unanswered }: Run): Deviation[] {
  const ended = closed === null ? [] : [closed];
  return [
    ...ended.map(({ line, code, reason }) => ({
      rule: takesWhatTheServiceTook.id,
      line,
      detail: `it closed with ${code} ${reason}`,
    })),
    ...unanswered.map((line) => ({
      rule: answersWhatTheServiceAnswered.id,
      line,
      detail: 'it did not answer what the service answered',
    })),
  ];
}
