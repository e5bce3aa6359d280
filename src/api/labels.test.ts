import { describe, expect, test } from "vitest";
import { StatusError } from "../base/errors.ts";
import { escapeFieldValue, matchesFields, parseFieldSelector } from "./fields.ts";
import { formatSelector, matchesLabels, parseLabelSelector, selects, showLabelSelector } from "./labels.ts";

const messageOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof StatusError) return `${error.code} ${error.message}`;
    throw error;
  }
  throw new Error("did not fail");
};

const labels = { app: "web", tier: "front", size: "5" };

test.each<[string, boolean]>([
  ["", true],
  ["app", true],
  ["!app", false],
  ["!missing", true],
  ["app=web", true],
  ["app==web,tier=front", true],
  ["app!=web", false],
  ["missing!=x", true],
  ["app in (web, api)", true],
  ["app in (api)", false],
  ["app notin (api)", true],
  ["missing notin (api)", true],
  ["missing in ()", false],
  ["size>4,size<6", true],
  ["size>5", false],
  ["app>4", false],
  [" app = web , tier ", true],
  ["in=x", false],
  ["app in (in)", false],
  ["missing=", false],
])("%j selects: %j", (text, expected) => {
  expect(matchesLabels(parseLabelSelector(text), labels)).toBe(expected);
});

test.each([
  ["b=2,a=1", "a=1,b=2"],
  ["x in (c,a,b)", "x in (a,b,c)"],
  ["!y,x notin (a)", "x notin (a),!y"],
  ["x in (a,,b)", "x in (,a,b)"],
])("%j is written %j", (text, canonical) => {
  expect(formatSelector(parseLabelSelector(text))).toBe(canonical);
});

test.each([
  ["a=b=c", "400 found '=', expected: ',' or 'end of string'"],
  ["=a", "400 found '=', expected: !, identifier, or 'end of string'"],
  ["a=b,", "400 found '', expected: identifier after ','"],
  ["a b", "400 unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ["x in a", "400 unable to parse requirement: found 'a' expected: '('"],
  ["x in (a", "400 unable to parse requirement: found '', expected: ',' or ')'"],
  [
    "x>a",
    "400 unable to parse requirement: values[0]: Invalid value: \"a\": for 'Gt', 'Lt' operators, the value must be an integer",
  ],
])("%j fails", (text, message) => {
  expect(messageOf(() => parseLabelSelector(text))).toBe(message);
});

test("keys and values are checked", () => {
  expect(messageOf(() => parseLabelSelector("a/b/c=d"))).toMatch(
    /^400 unable to parse requirement: <nil>: Invalid value: "a\/b\/c": a qualified name/,
  );
  expect(messageOf(() => parseLabelSelector("a=-"))).toMatch(
    /^400 unable to parse requirement: values\[0\]\[a\]: Invalid value: "-": a valid label must be/,
  );
});

describe("LabelSelector objects", () => {
  test("nothing selects nothing, empty selects all", () => {
    expect(selects(undefined, labels)).toBe(false);
    expect(selects({}, labels)).toBe(true);
  });
  test("an operator that is none", () => {
    expect(() => selects({ matchExpressions: [{ key: "a", operator: "constructor" }] }, labels)).toThrow(
      '"constructor" is not a valid label selector operator',
    );
  });
  test("all parts must hold", () => {
    const selector = {
      matchLabels: { app: "web" },
      matchExpressions: [{ key: "tier", operator: "In", values: ["back", "front"] }],
    };
    expect(selects(selector, labels)).toBe(true);
    expect(selects(selector, { app: "web" })).toBe(false);
    expect(showLabelSelector(selector)).toBe("app=web,tier in (back,front)");
    expect(showLabelSelector({})).toBe("<none>");
  });
});

describe("field selectors", () => {
  const fields = { "status.phase": "Running", "metadata.name": "a,b" };
  test.each<[string, boolean]>([
    ["", true],
    ["status.phase=Running", true],
    ["status.phase==Running", true],
    ["status.phase!=Running", false],
    ["status.phase=Running,metadata.name=a\\,b", true],
    ["metadata.name=a", false],
  ])("%j selects: %j", (text, expected) => {
    expect(matchesFields(parseFieldSelector(text), fields)).toBe(expected);
  });
  test("errors", () => {
    expect(messageOf(() => parseFieldSelector("phase"))).toBe(
      "400 invalid selector: 'phase'; can't understand 'phase'",
    );
    expect(messageOf(() => parseFieldSelector("a=b\\x"))).toBe(
      "400 invalid field selector: invalid escape sequence: \\x",
    );
    expect(messageOf(() => parseFieldSelector("a=b=c"))).toBe(
      "400 invalid field selector: unescaped character in value: 61",
    );
  });
  test("an escaped value reads back", () => {
    const value = "a=b,c\\d";
    expect(parseFieldSelector(`x=${escapeFieldValue(value)}`)).toEqual([{ field: "x", operator: "=", value }]);
  });
});
