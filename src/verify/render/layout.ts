/** Text in a width. Pure. */

/** Columns of the page. */
export const width = 80;

/** Breaks between words; what is longer than a line stands on one of its own. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
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
