import { expect, test } from "vitest";
import { type Flag, parseFlags } from "./flags.ts";

const flags: readonly Flag[] = [
  { name: "output", short: "o", type: "string", default: "", usage: "" },
  { name: "watch", short: "w", type: "bool", default: "false", usage: "" },
  { name: "force", short: "f", type: "bool", default: "false", usage: "" },
  { name: "replicas", type: "int", default: "1", usage: "" },
  { name: "timeout", type: "duration", default: "0s", usage: "" },
  { name: "image", type: "stringSlice", default: "", usage: "" },
  { name: "dry-run", type: "string", default: "none", noValue: "unchanged", usage: "" },
];
const parse = (...argv: string[]) => parseFlags(flags, argv);

test.each([
  [["--output", "yaml"]],
  [["--output=yaml"]],
  [["-o", "yaml"]],
  [["-oyaml"]],
  [["-o=yaml"]],
  [["-wo", "yaml"]],
])("a value: %j", (argv) => {
  expect(parse(...argv).string("output")).toBe("yaml");
});

test("letters together, and arguments between flags", () => {
  const values = parse("a", "-wf", "b", "--replicas=3", "--", "-c", "--d");
  expect([values.bool("watch"), values.bool("force"), values.int("replicas")]).toEqual([true, true, 3]);
  expect(values.args).toEqual(["a", "b", "-c", "--d"]);
  expect(values.argsBeforeDash).toBe(2);
});

test("a flag with an optional value takes none from the next word", () => {
  const values = parse("--dry-run", "client");
  expect([values.string("dry-run"), values.args]).toEqual(["unchanged", ["client"]]);
});

test("lists are split at commas and add up", () => {
  expect(parse("--image", "a,b", "--image=c").list("image")).toEqual(["a", "b", "c"]);
});

test("defaults, and whether a flag was given", () => {
  const values = parse("--watch=false");
  expect([values.int("replicas"), values.changed("watch"), values.changed("force")]).toEqual([1, true, false]);
});

test.each([
  ["--nope", "unknown flag: --nope"],
  ["-x", "unknown shorthand flag: 'x' in -x"],
  ["--output", "flag needs an argument: --output"],
  ["-o", "flag needs an argument: 'o' in -o"],
  ["--=x", "bad flag syntax: --=x"],
  [
    "--replicas=many",
    'invalid argument "many" for "--replicas" flag: strconv.ParseInt: parsing "many": invalid syntax',
  ],
  [
    "--replicas=9223372036854775808",
    'invalid argument "9223372036854775808" for "--replicas" flag: strconv.ParseInt: parsing "9223372036854775808": value out of range',
  ],
  [
    "--watch=maybe",
    'invalid argument "maybe" for "-w, --watch" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
  ],
  ["--timeout=5", 'invalid argument "5" for "--timeout" flag: time: missing unit in duration "5"'],
  ["--timeout=soon", 'invalid argument "soon" for "--timeout" flag: time: invalid duration "soon"'],
])("%s", (argument, message) => {
  expect(() => parse(argument)).toThrow(message);
});
