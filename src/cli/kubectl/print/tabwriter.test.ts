import { expect, test } from "vitest";
import { tabulate } from "./tabwriter.ts";

const plain = { minWidth: 0, padding: 2 };

test("columns are as wide as their widest cell and the padding", () => {
  expect(tabulate("a\tbb\tc\nlong cell\tb\td\n", plain)).toBe("a          bb  c\nlong cell  b   d\n");
});

test("what stands behind the last tab of a line widens nothing", () => {
  expect(tabulate("a\tvery long text at the end\nb\tc\td\n", plain)).toBe("a  very long text at the end\nb  c  d\n");
});

test("a line without tabs parts two blocks", () => {
  expect(tabulate("name:\tx\nTitle\na:\ty\n", plain)).toBe("name:  x\nTitle\na:  y\n");
});

test("a column begins and ends with the lines that have it", () => {
  expect(tabulate("a\tb\tc\nd\te\nf\tgggg\th\n", plain)).toBe("a  b  c\nd  e\nf  gggg  h\n");
});

test("columns have a least width; runes are counted, not bytes", () => {
  expect(tabulate("ä\tb\n", { minWidth: 6, padding: 3 })).toBe("ä     b\n");
});

test("parts of one table keep the widths of what came before", () => {
  const remembered: number[] = [];
  const options = { minWidth: 0, padding: 1, remembered };
  expect(tabulate("NAME\tSTATUS\n", options)).toBe("NAME STATUS\n");
  expect(tabulate("longer\tRunning\n", options)).toBe("longer Running\n");
  expect(tabulate("x\tRunning\n", options)).toBe("x      Running\n");
});
