/** Files that both kubectls cut into documents at the same places: JSON, YAML in flow and block style, one after the other. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loopback } from "./loopback.ts";

const at = loopback("streams");
afterAll(() => at.close());

const json = (name: string) => `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"}}`;
const flow = (name: string) => `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}}}`;
const block = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

const files: readonly (string | Buffer)[] = [
  flow("a"),
  `\n\n  ${flow("a")}\n`,
  `{ # comment\napiVersion: 'v1',\n\tkind: ConfigMap, metadata: {name: a,},}\t`,
  `${flow("a")}\n---\n${flow("b")}\n---\n${block("c")}`,
  `${flow("a")}\n${flow("b")}`,
  `${json("a")}\n---\n${block("b")}---\n${json("c")}`,
  `${json("a")}\n${flow("b")}`,
  `${json("a")}${json("b")}\n\n${json("c")}`,
  `${json("a")}\nnull\n${json("b")}`,
  `${json("a")} # comment\n---\n${block("b")}`,
  `${block("a")}---\n${json("b")}\n${json("c")}`,
  `${block("a")}...\n${block("b")}`,
  `--- # c\n${block("a")}--- # d\n${flow("b")}\n---`,
  `${json("a")}\r\n---\r\n${json("b")}\r\n`,
  `\u00a0${json("a")}`,
  `\ufeff${json("a")}${json("b")}`,
  Buffer.from(`\ufeff${block("a")}`, "utf16le"),
  Buffer.from(`\ufeff${flow("a")}`, "utf16le").swap16(),
  "",
  "---\n",
  "{}",
  "{ }\n",
  "{bad}",
  "{a: b\n}}",
  '{"a": 01}',
  '{"a": "\n"}',
  "[{}]",
  `${json("a")} trailing`,
  `${json("a")}\n5\n`,
  "{",
  "{a}",
  "{'a': b",
  "{é: 1",
  '{"é": x',
  "{{ .Values.x }}: 1\n",
  "a: {{ .Values.x }}\n",
  json("a").slice(0, -1),
  `${json("a")} }`,
  `${json("a")}\n]]]]]]`,
  `${json("a")}{"kind"`,
  `${json("a")}${json("b")}{"kind"`,
  `${json("a")}${json("b")}\n---\n${json("c")}`,
  `${json("a")}${json("b")}${flow("c")}`,
  `${json("a")}\n---\n{x: [\n`,
  `${json("a")}\n--- x\n${block("b")}`,
  `${json("a")}\n\n\n---\na: b: c\n`,
  `${block("a")}--- x\n${block("b")}`,
  `${block("a")}---\n${flow("b")}\n---\n{x`,
  `---\n${block("a")}a: b: c\n`,
  `%YAML 1.1\n---\n${block("a")}`,
];

test("both find the same objects, and say the same of what is none", async () => {
  mkdirSync(join(at.dir, "files"));
  files.forEach((content, i) => {
    writeFileSync(join(at.dir, `files/${String(i).padStart(2, "0")}.yaml`), content);
  });
  const output = "jsonpath={.metadata.name} ";
  const said = await at.bothSay(["label", "--local", "-f", "files", "a=b", "-o", output], {});
  expect(said).toMatch(/^a a a a b c a a b c /);
  expect(said.split("\n").length).toBeGreaterThan(25);
});
