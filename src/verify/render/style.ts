/** Colours of a terminal, or none. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  caution(text: string): string;
  bad(text: string): string;
}

const sgr = (on: number, off: number) => (text: string) => `\u001b[${on}m${text}\u001b[${off}m`;
const asItIs = (text: string) => text;

export const coloured: Style = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  good: sgr(32, 39),
  caution: sgr(33, 39),
  bad: sgr(31, 39),
};

export const plain: Style = { bold: asItIs, dim: asItIs, good: asItIs, caution: asItIs, bad: asItIs };
