import { expect, test } from "vitest";
import { merged, newLines, parseLog } from "./log-lines.ts";

test("stamps sort as texts, whatever zeros the API leaves out", () => {
  const lines = parseLog("2026-01-02T03:04:05Z a\n2026-01-02T03:04:05.12Z b c\n2026-01-02T03:04:05.1Z \nplain\n");
  expect(lines).toEqual([
    { stamp: "2026-01-02T03:04:05.000000000Z", text: "a" },
    { stamp: "2026-01-02T03:04:05.120000000Z", text: "b c" },
    { stamp: "2026-01-02T03:04:05.100000000Z", text: "" },
    { stamp: "2026-01-02T03:04:05.100000000Z", text: "plain" },
  ]);
});

test("an answer that begins before the position adds only what is new, also of the same stamp", () => {
  const line = (stamp: string, text: string) => ({ stamp, text });
  const first = newLines([line("1", "a"), line("2", "b")], undefined);
  expect(first.next).toEqual({ stamp: "2", count: 1 });
  const again = newLines([line("1", "a"), line("2", "b")], first.next);
  expect(again).toEqual({ fresh: [], next: first.next });
  const more = newLines([line("2", "b"), line("2", "c"), line("3", "d")], first.next);
  expect(more.fresh.map(({ text }) => text)).toEqual(["c", "d"]);
  const twice = newLines([line("2", "b"), line("2", "c")], first.next);
  expect(twice.next).toEqual({ stamp: "2", count: 2 });
});

test("lines of several pods come in the order of their stamps", () => {
  const line = (stamp: string, text: string) => ({ stamp, text });
  expect(merged([line("1", "a"), line("4", "d")], [line("3", "c"), line("2", "b")]).map(({ text }) => text)).toEqual([
    "a",
    "b",
    "c",
    "d",
  ]);
});
