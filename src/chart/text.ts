/**
 * How wide a text will be, estimated: there is no font to measure with where a chart is drawn.
 *
 * Owns a coarse table of a grotesque's widths, on the wide side, so that a label never runs out of its box.
 */

const widths: readonly (readonly [RegExp, number])[] = [
  [/[ijl.,;:'|!]/, 0.32],
  [/[ftrI[\]()/ -]/, 0.4],
  [/[mwMW⇠→↻]/, 0.92],
  [/[A-Z_&]/, 0.7],
];
const usual = 0.61;

export function textWidth(text: string, sizePx: number): number {
  let ems = 0;
  for (const character of text) ems += widths.find(([pattern]) => pattern.test(character))?.[1] ?? usual;
  return Math.ceil(ems * sizePx);
}

/** Begins a line that goes on with the one before it. */
export const continuation = '\u00a0\u00a0\u00a0';

/** Breaks at spaces and marks what follows; a word that is longer than the line stays whole. */
export function wrap(text: string, sizePx: number, maxWidth: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line ? `${line} ${word}` : word;
    if (line && textWidth(longer, sizePx) > maxWidth) {
      lines.push(line);
      line = continuation + word;
    } else line = longer;
  }
  return line ? [...lines, line] : lines;
}
