/** The text in the editor: what is edited, and above it in comments what was wrong the last time. */
import { isDeepStrictEqual } from "node:util";
import { parseYaml } from "../../core/manifests.ts";

export interface Reason {
  readonly head: string;
  readonly causes: readonly string[];
}

/** Several lines of a reason all become comments. */
const commented = (text: string): string => text.replace(/\n(?=[^#])/g, "\n# ");

const reasonLines = ({ head, causes }: Reason): string[] => [
  `# ${commented(head)}${causes.length > 0 ? ":" : ""}`,
  ...causes.map((cause) => `# * ${commented(cause)}`),
  "#",
];

export const objectNotes = [
  "# Please edit the object below. Lines beginning with a '#' will be ignored,",
  "# and an empty file will abort the edit. If an error occurs while saving this file will be",
  "# reopened with the relevant failures.",
  "#",
];
export const lastAppliedNotes = [
  "# Please edit the 'last-applied-configuration' annotations below.",
  "# Lines beginning with a '#' will be ignored, and an empty file will abort the edit.",
  "#",
];

export const headerText = (notes: readonly string[], reasons: readonly Reason[]): string =>
  [...notes, ...reasons.flatMap(reasonLines)].map((line) => `${line}\n`).join("");

/** The lines that are not comments. */
export const withoutComments = (text: string): string =>
  text
    .split("\n")
    .filter((line) => !/^\s*#(?!!)/.test(line))
    .join("\n");

export const hasContent = (text: string): boolean => text.split("\n").some((line) => /^\s*[^\s#]/.test(line));

/** Do both say the same, comments and spelling aside? */
export async function sayTheSame(a: string, b: string): Promise<boolean> {
  const [x, y] = await Promise.all([meaning(a), meaning(b)]);
  return isDeepStrictEqual(x, y);
}

/** What the text says; where it says nothing that can be read, the text itself. */
async function meaning(text: string): Promise<unknown> {
  try {
    return await parseYaml(text);
  } catch {
    return withoutComments(text);
  }
}
