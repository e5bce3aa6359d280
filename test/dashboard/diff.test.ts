import fc from "fast-check";
import { expect, test } from "vitest";
import { diffLines, partsOf } from "../../src/dashboard/model/diff.ts";

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
