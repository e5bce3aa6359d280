/** Field selectors: `status.phase=Running,metadata.name!=web`. Texts of errors are upstream's. */
import { badRequest } from "../base/errors.ts";

interface FieldRequirement {
  readonly field: string;
  readonly operator: "=" | "!=";
  readonly value: string;
}

/** All requirements must hold; none matches everything. */
export type FieldSelector = readonly FieldRequirement[];

/** Splits at commas that no backslash escapes. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") i += 1;
    else if (text[i] === ",") {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...terms, text.slice(start)].filter((term) => term !== "").sort();
}

function unescapeValue(value: string): string {
  let out = "";
  for (let i = 0; i < value.length; i++) {
    const c = value.charAt(i);
    if (c === "," || c === "=")
      throw badRequest(`invalid field selector: unescaped character in value: ${c.charCodeAt(0)}`);
    if (c !== "\\") {
      out += c;
      continue;
    }
    i += 1;
    const escaped = value.charAt(i);
    if (escaped === "" || !"\\,=".includes(escaped))
      throw badRequest(`invalid field selector: invalid escape sequence: \\${escaped}`);
    out += escaped;
  }
  return out;
}

/** Parses the text form, as in `?fieldSelector=`. @throws 400 BadRequest */
export function parseFieldSelector(text: string): FieldSelector {
  return splitTerms(text).map((term) => {
    const parts = /^(.*?)(!=|==|=)(.*)$/s.exec(term);
    if (!parts) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const [, field = "", operator, value = ""] = parts;
    return { field, operator: operator === "!=" ? "!=" : "=", value: unescapeValue(value) };
  });
}

/** @param fields the values of all fields that may be selected by */
export const matchesFields = (selector: FieldSelector, fields: Readonly<Record<string, string>>): boolean =>
  selector.every(({ field, operator, value }) => (fields[field] === value) === (operator === "="));

/** `\`, `,` and `=` escaped, to stand as a value in the text form. */
export const escapeFieldValue = (value: string): string => value.replace(/[\\,=]/g, "\\$&");
