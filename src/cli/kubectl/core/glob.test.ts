import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { glob } from "./glob.ts";

const folder = mkdtempSync(join(tmpdir(), "wherry-glob-"));
for (const name of ["a.yaml", "b.yaml", "c.json", "ab.yaml"]) writeFileSync(join(folder, name), "");
mkdirSync(join(folder, "inner"));
writeFileSync(join(folder, "inner", "d.yaml"), "");
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ["*.yaml", ["a.yaml", "ab.yaml", "b.yaml"]],
  ["?.yaml", ["a.yaml", "b.yaml"]],
  ["[bc].*", ["b.yaml", "c.json"]],
  ["*/*.yaml", ["inner/d.yaml"]],
  ["inner/d.yaml", ["inner/d.yaml"]],
  ["*.txt", []],
])("%s", (pattern, names) => {
  expect(glob(join(folder, pattern))).toEqual(names.map((name) => join(folder, name)));
});

test("a bracket that is not closed is malformed", () => {
  expect(glob(join(folder, "[a"))).toBeUndefined();
});
