import fc from "fast-check";
import { expect, test } from "vitest";
import { parseJson, scanJson } from "./json-scan.ts";

test.each([
  ["", "unexpected end of JSON input"],
  ["{", "unexpected end of JSON input"],
  ["{bad}", "invalid character 'b' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b":2}', `invalid character '"' after object key:value pair`],
  ["[1 2]", "invalid character '2' after array element"],
  ["{} x", "invalid character 'x' after top-level value"],
  ["nope", "invalid character 'o' in literal null (expecting 'u')"],
  ["[-]", "invalid character ']' in numeric literal"],
  ["[1.]", "invalid character ']' after decimal point in numeric literal"],
  ["[1e]", "invalid character ']' in exponent of numeric literal"],
  ['"\\q"', "invalid character 'q' in string escape code"],
  ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
  ['"a\nb"', "invalid character '\\n' in string literal"],
  ["<html>", "invalid character '<' looking for beginning of value"],
  ["'a'", "invalid character '\\'' looking for beginning of value"],
])("%j is refused in Go's words", (text, error) => {
  expect(scanJson(text).error).toBe(error);
});

test("names every field that occurs twice", () => {
  const { error, duplicates } = scanJson(
    '{"spec":{"ports":[{"name":"a","name":"b"}],"x":1},"metadata":{"labels":{"k":"1","\\u006b":"2"}},"spec":{}}',
  );
  expect(error).toBeUndefined();
  expect(duplicates).toEqual(["spec.ports[0].name", "metadata.labels.k", "spec"]);
});

test("takes exactly what JSON.parse takes", () => {
  const mutated = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom("", '"', "{", "}", ",", ":", "0", "\\", "e", "-", " ", "."))
    .map(([text, at, c]) => text.slice(0, at % (text.length + 1)) + c + text.slice((at % (text.length + 1)) + 1));
  fc.assert(
    fc.property(fc.oneof(fc.json(), mutated), (text) => {
      let valid = true;
      try {
        JSON.parse(text);
      } catch {
        valid = false;
      }
      expect(scanJson(text).error === undefined).toBe(valid);
    }),
    { numRuns: 2000 },
  );
});

test("nesting without end is an error, not a crash", () => {
  expect(scanJson("[".repeat(200_000)).error).toBe("exceeded max depth");
});

test("half a surrogate pair becomes U+FFFD; pairs and escaped backslashes stay", () => {
  expect(parseJson('["\\ud800", "\\udc00x", "\\ud83d\\ude00", "\\\\ud800", "\\uD800\\uD83D\\uDE00"]')).toEqual([
    "\ufffd",
    "\ufffdx",
    "\u{1f600}",
    "\\ud800",
    "\ufffd\u{1f600}",
  ]);
});

test.each([
  ["'", "'\\''"],
  ["\\", "'\\\\'"],
  ["\0", "'\\x00'"],
  ["\n]", "']'"],
  ["\x7f", "'\\x7f'"],
])("the character %j is quoted as Go does", (text, quoted) => {
  expect(scanJson(text).error).toBe(`invalid character ${quoted} looking for beginning of value`);
});
