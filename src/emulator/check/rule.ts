/**
 * What a rule of the grammar is. Owns the shape of rules and deviations, and no rule.
 *
 * Sources: DOC Google's reference of the Live API and its guides, REC recorded traffic, LOG other projects' logs.
 */
import type { Shape, Step } from './read.js';
import type { ProfileName, Session } from './sessions.js';
import type { Story } from './story.js';

export interface Moment {
  readonly shape: Shape;
  readonly step: Step;
  /** Before this shape. */
  readonly story: Readonly<Story>;
}

/** Called for each shape in turn; a sentence when it must not be there. May keep a memory of its own. */
export type Watch = (moment: Moment) => string | null;

export interface Rule {
  readonly id: string;
  readonly profiles: readonly ProfileName[];
  readonly source: string;
  /** One sentence. */
  readonly says: string;
  watch(session: Session): Watch;
}

export interface Deviation {
  readonly rule: string;
  /** Line of the recording; of the emulator's run, the number of the message. */
  readonly line: number;
  readonly detail: string;
}

/** A rule that needs no memory. */
export const never =
  (test: (moment: Moment, session: Session) => string | null) =>
  (session: Session): Watch =>
  (moment) =>
    test(moment, session);
