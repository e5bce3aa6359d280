import { expect, test } from "vitest";
import { documentsIn } from "./document-stream.ts";

const cut = (text: string) =>
  [...documentsIn(text)].map((part) =>
    part.format === "none" ? part.problem : `${part.format} ${part.text}${part.notJson ? ` | ${part.notJson}` : ""}`,
  );

const notJson = "json: offset 2: invalid character 'a' looking for beginning of object key string";

test.each<[text: string, ...parts: string[]]>([
  [""],
  ["{}{}\n[1] 2 ", "json {}", "json {}", "json [1]", "json 2"],
  [
    "{}\n---\n{}\n---\na: b\n",
    "json {}",
    "yaml ---\n{}\n | json: offset 5: invalid character '-' in numeric literal",
    "yaml a: b\n",
  ],
  ["{a: 1}\n---\n{b: 2}\n", `yaml {a: 1}\n | ${notJson}`, "yaml {b: 2}\n"],
  ["{}\n\n---\na: b\n", "json {}", "yaml \n | json: offset 6: invalid character '-' in numeric literal", "yaml a: b\n"],
  ["a: b\n---\n---\n# c\n--- # d\ne: f", "yaml a: b\n", "yaml ---\n# c\n", "yaml e: f"],
  ["a: b\r\n---\r\nc: d\r\n", "yaml a: b\r\n", "yaml c: d\r\n"],
  ["a: b\n---c\n", "invalid Yaml document separator: c"],
])("%j", (text, ...parts) => {
  expect(cut(text)).toEqual(parts);
});

test.each([
  ["{}{}\n---\na: b\n", "invalid character '-' in numeric literal"],
  ["{}{}{", "unexpected EOF"],
  ["{a}", notJson],
  ["{}\n]", "json: offset 4: invalid character ']' looking for beginning of value"],
])("of JSON it stays JSON: %j", (text, problem) => {
  expect(cut(text).at(-1)).toBe(problem);
});

test("what is left of a text knows where it stood", () => {
  expect([...documentsIn(" {}\n{a: 1}\n---\nb: 2\n")].map(({ start }) => start)).toEqual([1, 4, 15]);
});
