import { expect, test } from "vitest";
import { kubernetesYaml } from "./kubernetes-yaml.ts";
import { documentValue, firstDocument } from "./yaml-text.ts";

const read = async (text: string) => {
  const { document } = await firstDocument(text, { ...kubernetesYaml, uniqueKeys: false });
  return document && documentValue(document);
};

/** What kubectl 1.34 says of each. */
test.each([
  ["a: b\n c: d\n", "line 2: mapping values are not allowed in this context"],
  ["a:\n  b: c\n   d: e\n", "line 3: mapping values are not allowed in this context"],
  ["a\nb: c\n", "line 2: mapping values are not allowed in this context"],
  ["a: b\nc: d: e\n", "line 2: mapping values are not allowed in this context"],
  ["a: b\nc\n", "line 3: could not find expected ':'"],
  ["a: b\nc\nd: e\n", "line 3: could not find expected ':'"],
  ["a: b\n{{- if x }}\nc: d\n", "line 3: could not find expected ':'"],
  ["a: b\n- c\n", "line 1: did not find expected key"],
  ["a:\n- b: c\n d: e\n", "line 2: did not find expected key"],
  ["a: {{ x }}-y\n", "did not find expected key"],
  ["- a\nb: c\n", "line 1: did not find expected '-' indicator"],
  ["a: b\nc: {d: e\n", "line 2: did not find expected ',' or '}'"],
  ["a: [1,,2]\n", "did not find expected node content"],
  ["a: b\n\tc: d\n", "line 2: found a tab character that violates indentation"],
  ["a:\n\tb: c\n", "line 2: found character that cannot start any token"],
  ["%YAML 1.1\n", "line 1: did not find expected <document start>"],
  ["a: {{ .x }}\n", 'invalid map key: map[interface {}]interface {}{".x":interface {}(nil)}'],
  ["{[b, 1]: c}\n", 'invalid map key: []interface {}{"b", 1}'],
  ["a: *b\n", "unknown anchor 'b' referenced"],
])("%j", async (text, why) => {
  await expect(read(text)).rejects.toThrow(`yaml: ${why}`);
});

test.each([
  ["{a: b}}", { a: "b" }],
  ["# c\n{a: '}'}{c: d}", { a: "}" }],
  ["[{a: b}] c", [{ a: "b" }]],
  ["a: b\n...\nc: [\n", { a: "b" }],
])("what comes behind the first value is not read: %j", async (text, value) => {
  expect(await read(text)).toEqual(value);
});
