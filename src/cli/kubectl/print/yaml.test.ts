import { expect, test } from "vitest";
import { parse } from "yaml";
import { toYaml } from "./yaml.ts";

test("keys are sorted and sequences are not indented", () => {
  expect(toYaml({ b: [{ y: 1, x: "two" }, "s"], a: { d: {}, c: [] } })).toBe(
    'a:\n  c: []\n  d: {}\nb:\n- x: two\n  "y": 1\n- s\n',
  );
});

test.each([
  ["plain", "plain"],
  ["8080", '"8080"'],
  ["true", '"true"'],
  ["no", '"no"'],
  ["", '""'],
  ["1.5", '"1.5"'],
  ["1e3", '"1e3"'],
  ["2026-01-01T00:00:00Z", '"2026-01-01T00:00:00Z"'],
  ["- dash", "'- dash'"],
  ["a: b", "'a: b'"],
  ["it's", "it's"],
  ["'quoted'", "'''quoted'''"],
  ["*", "'*'"],
  ["25%", "25%"],
  ["a #b", "'a #b'"],
  ["one\ntwo\n", "|\n  one\n  two"],
  ["one\ntwo", "|-\n  one\n  two"],
  ["tab\there", '"tab\\there"'],
])("%j", (text, written) => {
  expect(toYaml({ k: text })).toBe(`k: ${written}\n`);
  expect(parse(toYaml({ k: text }))).toEqual({ k: text });
});
