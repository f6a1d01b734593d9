/**
 * Checks one recording: what was recorded, and what the emulator does about its sent half, against the same grammar.
 *
 * Owns the report of a file. Reads no file.
 */
import { partOf, receivedNames } from './cues.js';
import { drive } from './drive.js';
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

/** The emulator refused what the service took. Not of the grammar: a recording cannot break it. */
export const takesWhatTheServiceTook = 'emulator/takes-what-the-service-took';

/** One report for each session in the recording; none when nothing was received. */
export function checkRecording(lines: readonly RecordedLine[]): SessionReport[] {
  return sessionsOf(stepsOf(lines)).map((session) => {
    const run = drive(session, partOf(session));
    const notes = [...run.notes];
    const made = run.session === null ? new Set<string>() : receivedNames(run.session);
    const missing = [...receivedNames(session)].filter((name) => !made.has(name));
    if (missing.length > 0) notes.push(`recorded, and not sent by the emulator: ${missing.join(', ')}`);
    const refusal: Deviation[] =
      run.closed === null
        ? []
        : [
            {
              rule: takesWhatTheServiceTook,
              line: run.closed.line,
              detail: `it closed with ${run.closed.code} ${run.closed.reason}`,
            },
          ];
    return {
      profile: session.profile,
      recorded: { shapes: session.steps.length, deviations: deviationsOf(session) },
      emulated: {
        shapes: run.session?.steps.length ?? 0,
        deviations: [...(run.session === null ? [] : deviationsOf(run.session)), ...refusal],
      },
      notes,
    };
  });
}
