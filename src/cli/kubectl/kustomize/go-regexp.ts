import { fail } from "./failure.ts";

/** What Go spells differently: named groups, flags in the middle, `\z`. */
const goSyntax = (pattern: string): string => pattern.replace(/\(\?P</g, "(?<").replace(/\\z/g, "$");

/** A regular expression of Go's. @throws KustomizeError */
export function goRegExp(pattern: string): RegExp {
  const [, flags = "", rest = pattern] = /^\(\?([ims]+)\)(.*)$/s.exec(pattern) ?? [];
  try {
    return new RegExp(goSyntax(rest), `u${flags}`);
  } catch {
    return fail(`error parsing regexp: ${complaint(pattern)}`);
  }
}

/** The expression must match all of the text; an empty one matches anything. */
export const anchoredRegExp = (pattern: string): RegExp => (pattern === "" ? /(?:)/ : goRegExp(`^(?:${pattern})$`));

function complaint(pattern: string): string {
  const repeat = /(?:^\^?|\(|\|)([*+?])/.exec(pattern.replaceAll("(?:", "("));
  if (repeat) return `missing argument to repetition operator: \`${repeat[1]}\``;
  const bracket = /\[[^\]]*$/.exec(pattern);
  if (bracket) return `missing closing ]: \`${bracket[0]}\``;
  const open = (pattern.match(/(?<!\\)\(/g) ?? []).length;
  const close = (pattern.match(/(?<!\\)\)/g) ?? []).length;
  if (open > close) return `missing closing ): \`${pattern}\``;
  if (close > open) return `unexpected ): \`${pattern}\``;
  return `invalid escape sequence: \`${/\\./.exec(pattern)?.[0] ?? pattern}\``;
}
