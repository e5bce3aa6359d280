import fc from "fast-check";
import { expect, test } from "vitest";
import { diffLines, editsOf, partsOf } from "../../src/dashboard/model/diff.ts";

const text = fc.array(fc.constantFrom("a", "b", "c", "")).map((lines) => lines.join("\n"));
const side = (of: ReturnType<typeof diffLines>, left: "added" | "removed") =>
  of
    .filter(({ is }) => is !== left)
    .map((line) => line.text)
    .join("\n");

test("both texts are in it, whole and in order", () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      const lines = diffLines(a, b);
      expect(side(lines, "added")).toBe(a);
      expect(side(lines, "removed")).toBe(b);
    }),
  );
});

test("edits make one text of the other, and leave alone the lines that both have", () => {
  const applied = (of: string, edits: ReturnType<typeof editsOf>) =>
    edits.reduceRight((now, { from, to, insert }) => now.slice(0, from) + insert + now.slice(to), of);
  const lines = fc.array(fc.constantFrom("a", "bb", "c", "")).map((all) => all.map((line) => `${line}\n`).join(""));
  fc.assert(
    fc.property(fc.oneof(lines, text), fc.oneof(lines, text), (a, b) => {
      const edits = editsOf(a, b);
      expect(applied(a, edits)).toBe(b);
      for (const { from, to } of edits) expect(from <= to && to <= a.length).toBe(true);
    }),
    { examples: [["c\n", "c\n\na\n"]] },
  );
  expect(editsOf("a", "a")).toEqual([]);
  expect(editsOf("a\nb\nc\nd\n", "x\na\nc\ne\n")).toEqual([
    { from: 0, to: 0, insert: "x\n" },
    { from: 2, to: 4, insert: "" },
    { from: 6, to: 8, insert: "e\n" },
  ]);
});

test("what changed, with what is around it", () => {
  const a = Array.from({ length: 20 }, (_, i) => `line ${i}`);
  const parts = partsOf(diffLines(a.join("\n"), a.with(10, "another").join("\n")), 1);
  expect(parts).toEqual([
    { left: 9 },
    {
      lines: [
        { is: "same", text: "line 9" },
        { is: "removed", text: "line 10" },
        { is: "added", text: "another" },
        { is: "same", text: "line 11" },
      ],
    },
    { left: 8 },
  ]);
});
