import { expect, test } from "vitest";
import { parseYaml } from "./yaml.ts";

/** What kube-apiserver 1.34 answered to each. */
test.each([
  ["a: b: c", "mapping values are not allowed in this context"],
  ["a: [", "line 1: did not find expected node content"],
  ["a: {", "line 1: did not find expected node content"],
  ["[", "line 1: did not find expected node content"],
  ['{"a":', "line 1: did not find expected node content"],
  ["{a: b", "line 1: did not find expected ',' or '}'"],
  ["key: [1, 2", "line 1: did not find expected ',' or ']'"],
  ["\ta: b", "found character that cannot start any token"],
  ["a:\n\t- b", "line 2: found character that cannot start any token"],
  ["@", "found character that cannot start any token"],
  ["a: @", "found character that cannot start any token"],
  ["a: %", "found character that cannot start any token"],
  ['a: "x', "found unexpected end of stream"],
  ["a: 'x", "found unexpected end of stream"],
  ['"a', "found unexpected end of stream"],
  ['a: "\\q"', "found unknown escape character"],
  ["a:\n  - b\n c", "line 2: did not find expected key"],
  ["kind: A\napiVersion: v1\nmetadata:\n  name: x\n name: y", "line 4: did not find expected key"],
  ["a: *x", "unknown anchor 'x' referenced"],
])("%j", async (text, why) => {
  expect(await parseYaml(text)).toEqual({ error: `yaml: ${why}` });
});
