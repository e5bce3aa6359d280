import { expect, test } from "vitest";
import { parseJson, writeJson } from "./exact-json.ts";

test("whole numbers keep their digits, and strings stay strings", () => {
  const text =
    '{"big":9007199254740993,"least":-9223372036854775808,"list":[1,2.5,9007199254740993],"text":"9007199254740993"}';
  expect(parseJson(text)).toEqual({
    big: 9007199254740993n,
    least: -9223372036854775808n,
    list: [1, 2.5, 9007199254740993n],
    text: "9007199254740993",
  });
  expect(writeJson(parseJson(text))).toBe(text);
});

test("what a number holds, or 64 bits do not, is a number", () => {
  for (const text of ["9007199254740991", "9223372036854775808", "1e30", "0.1234567890123456789"])
    expect(parseJson(text)).toBe(Number(text));
});
