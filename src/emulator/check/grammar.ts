/**
 * The grammar of message order: all rules, and the one pass over a session that tells each of them what comes.
 *
 * Owns the list and the pass. What is not forbidden by a rule is allowed: where no source says anything, any order is
 * right.
 */
import type { Session } from './sessions.js';
import type { Deviation, Rule } from './rule.js';
import { Story } from './story.js';
import { sessionGrammar } from './rules/session.js';
import { speechGrammar } from './rules/speech.js';
import { toolGrammar } from './rules/tools.js';
import { turnGrammar } from './rules/turns.js';

export const grammar: readonly Rule[] = [...turnGrammar, ...toolGrammar, ...speechGrammar, ...sessionGrammar];

/** In the order in which they come; empty: the session is right. */
export function deviationsOf(session: Session): Deviation[] {
  const watches = grammar
    .filter(({ profiles }) => profiles.includes(session.profile))
    .map(({ id, watch }) => ({ id, watch: watch(session) }));
  const story = new Story(session);
  const found: Deviation[] = [];
  for (const step of session.steps) {
    for (const shape of step.shapes) {
      for (const { id, watch } of watches) {
        const detail = watch({ shape, step, story });
        if (detail !== null) found.push({ rule: id, line: step.line, detail });
      }
      story.tell(step.dir, shape);
    }
  }
  return found;
}
