/** Text in a width. Pure. */

/** Columns of the page. */
export const width = 80;

/** Breaks between words; what is longer than a line stands on one of its own. */
const wrap = (text: string, columns: number): string[] =>
  fill(text.split(/(?<= )/), columns).map((line) => line.trimEnd());

/** Breaks before a dot, and only where it must. */
export const wrapPath = (path: string, columns: number): string[] => fill(path.split(/(?=\.)/), columns);

function fill(parts: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const part of parts) {
    if (line !== "" && (line + part).trimEnd().length > columns) {
      lines.push(line);
      line = "";
    }
    line += part;
  }
  return [...lines, line];
}

/** Wrapped, `first` before the first line and as many blanks before the others. */
export function hanging(first: string, text: string): string[] {
  const blanks = " ".repeat(first.length);
  return wrap(text, width - first.length).map((line, i) => (i === 0 ? first : blanks) + line);
}

/** `left` and `right` at the two edges; on two lines when they do not fit. */
export const edges = (left: string, right: string): string[] =>
  left.length + right.length + 2 <= width ? [left + right.padStart(width - left.length)] : [left, `  ${right}`];

export const plural = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;
