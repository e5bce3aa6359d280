/**
 * Command-line flags with the grammar and the error texts of kubectl's flag library (spf13/pflag): `--name value`,
 * `--name=value`, `-n value`, `-nvalue`, `-abc`, values that are optional, `--` ends flags, flags and arguments mixed.
 */

import { parseDuration } from "../../../base/duration.ts";

export type FlagType =
  | "string"
  | "bool"
  | "int"
  | "int32"
  | "duration"
  | "stringArray"
  | "stringSlice"
  | "stringToString";

export interface Flag {
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  readonly type: FlagType;
  /** As text, the way the help shows it. */
  readonly default: string;
  /** The value when the flag is given without one, as `--dry-run` alone means `unchanged`. */
  readonly noValue?: string;
  readonly usage: string;
  readonly deprecated?: string;
  readonly hidden?: boolean;
  /** The command does not run without it. */
  readonly required?: boolean;
}

/** A flag that takes text. */
export const textFlag = (name: string, usage: string, fallback = "", short?: string): Flag => ({
  name,
  type: "string",
  default: fallback,
  usage,
  ...(short ? { short } : {}),
});

/** A switch that is off by default. */
export const switchFlag = (name: string, usage: string): Flag => ({ name, type: "bool", default: "false", usage });

/** A flag that may be given several times; `stringSlice` also takes several values with commas between them. */
export const listFlag = (name: string, usage: string, type: "stringArray" | "stringSlice" = "stringArray"): Flag => ({
  name,
  type,
  default: "",
  usage,
});

/** The quoted names of required flags that were not given, in their order. */
export const missingFlags = (flags: readonly Flag[], values: FlagValues): string[] =>
  flags.flatMap(({ name, required }) => (required && !values.changed(name) ? [`"${name}"`] : [])).sort();

/** Wrong usage: one line on stderr and a hint, exit code 1 as kubectl does. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The values of the flags, typed by accessor; defaults where a flag was not given. */
export class FlagValues {
  readonly #flags: ReadonlyMap<string, Flag>;
  readonly #given = new Map<string, string[]>();
  /** Flags and their values in the order given. */
  readonly given: [name: string, value: string][] = [];
  /** Arguments that are not flags. */
  readonly args: string[] = [];
  /** How many arguments came before `--`; -1 without it. */
  argsBeforeDash = -1;

  constructor(flags: ReadonlyMap<string, Flag>) {
    this.#flags = flags;
  }

  /** Was it given on the command line? */
  changed(name: string): boolean {
    return this.#given.has(name);
  }

  /** Does the command have such a flag? */
  has(name: string): boolean {
    return this.#flags.has(name);
  }

  set(name: string, value: string): void {
    this.given.push([name, value]);
    const list = this.#given.get(name);
    if (list) list.push(value);
    else this.#given.set(name, [value]);
  }

  /** The values of some flags only, and of no others by the same names. */
  of(flags: readonly Flag[]): FlagValues {
    const some = new FlagValues(new Map(flags.map((f) => [f.name, f])));
    for (const flag of flags) {
      if (this.#flags.get(flag.name) !== flag) continue;
      for (const value of this.#given.get(flag.name) ?? []) some.set(flag.name, value);
    }
    return some;
  }

  string(name: string): string {
    return this.#given.get(name)?.at(-1) ?? this.#flag(name).default;
  }

  bool(name: string): boolean {
    return parseBool(this.string(name)) ?? false;
  }

  int(name: string): number {
    return Number(this.string(name));
  }

  /** All 64 bits. */
  int64(name: string): bigint {
    return toBigInt(this.string(name));
  }

  /** Milliseconds. */
  duration(name: string): number {
    return parseDuration(this.string(name)) ?? 0;
  }

  /** All values: split at commas for `stringSlice`, as given for `stringArray`. */
  list(name: string): string[] {
    const flag = this.#flag(name);
    const given = this.#given.get(name) ?? (flag.default ? [flag.default] : []);
    return flag.type === "stringSlice" ? given.flatMap((v) => (v === "" ? [] : v.split(","))) : given;
  }

  #flag(name: string): Flag {
    const flag = this.#flags.get(name);
    if (!flag) throw new Error(`flag ${name} is not defined`);
    return flag;
  }
}

const truths = new Set(["1", "t", "T", "true", "TRUE", "True"]);
const falsehoods = new Set(["0", "f", "F", "false", "FALSE", "False"]);

export function parseBool(text: string): boolean | undefined {
  return truths.has(text) ? true : falsehoods.has(text) ? false : undefined;
}

const toBigInt = (text: string): bigint => BigInt(text.replace(/^\+/, ""));

/** Why Go would refuse the value; undefined when it is fine. */
function complaint(flag: Flag, value: string): string | undefined {
  const quoted = JSON.stringify(value);
  switch (flag.type) {
    case "bool":
      return parseBool(value) === undefined ? `strconv.ParseBool: parsing ${quoted}: invalid syntax` : undefined;
    case "int":
    case "int32": {
      if (!/^[+-]?\d+$/.test(value)) return `strconv.ParseInt: parsing ${quoted}: invalid syntax`;
      const [most, number] = [flag.type === "int" ? 2n ** 63n : 2n ** 31n, BigInt(value.replace("+", ""))];
      return number >= -most && number < most ? undefined : `strconv.ParseInt: parsing ${quoted}: value out of range`;
    }
    case "duration":
      if (parseDuration(value) !== undefined) return undefined;
      return /^[+-]?\d+(\.\d+)?$/.test(value)
        ? `time: missing unit in duration ${quoted}`
        : `time: invalid duration ${quoted}`;
    case "stringToString":
      return value === "" || value.includes("=") ? undefined : `${value} must be formatted as key=value`;
    default:
      return undefined;
  }
}

/** @throws UsageError with pflag's words */
export function parseFlags(flags: readonly Flag[], argv: readonly string[]): FlagValues {
  // Of two flags by one name the first counts: a command's own hides a global one.
  const first = flags.filter((f, i) => flags.findIndex((other) => other.name === f.name) === i);
  const byName = new Map(first.map((f) => [f.name, f]));
  const byShort = new Map(first.flatMap((f) => (f.short ? [[f.short, f] as const] : [])).reverse());
  const values = new FlagValues(byName);

  const assign = (flag: Flag, value: string, spelled: string) => {
    const problem = complaint(flag, value);
    if (problem !== undefined)
      throw new UsageError(`invalid argument ${JSON.stringify(value)} for ${spelled} flag: ${problem}`);
    values.set(flag.name, value);
  };
  const spell = (flag: Flag) => JSON.stringify(flag.short ? `-${flag.short}, --${flag.name}` : `--${flag.name}`);
  const withoutValue = (flag: Flag) => flag.noValue ?? (flag.type === "bool" ? "true" : undefined);

  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] as string;
    if (arg === "--") {
      values.argsBeforeDash = values.args.length;
      values.args.push(...argv.slice(i + 1));
      break;
    }
    if (arg === "-" || !arg.startsWith("-")) {
      values.args.push(arg);
      continue;
    }
    if (arg.startsWith("--")) {
      const body = arg.slice(2);
      const equals = body.indexOf("=");
      const name = equals < 0 ? body : body.slice(0, equals);
      if (name === "" || name.startsWith("-")) throw new UsageError(`bad flag syntax: ${arg}`);
      const flag = byName.get(name);
      if (!flag) throw new UsageError(`unknown flag: --${name}`);
      if (equals >= 0) assign(flag, body.slice(equals + 1), spell(flag));
      else {
        const implied = withoutValue(flag);
        if (implied !== undefined) assign(flag, implied, spell(flag));
        else if (i + 1 < argv.length) assign(flag, argv[++i] as string, spell(flag));
        else throw new UsageError(`flag needs an argument: --${name}`);
      }
      continue;
    }
    for (let letters = arg.slice(1); letters !== ""; ) {
      const letter = letters[0] as string;
      const rest = letters.slice(1);
      const flag = byShort.get(letter);
      if (!flag) throw new UsageError(`unknown shorthand flag: '${letter}' in ${arg}`);
      const implied = withoutValue(flag);
      if (rest.startsWith("=")) {
        assign(flag, rest.slice(1), spell(flag));
        break;
      }
      if (implied !== undefined) {
        assign(flag, implied, spell(flag));
        letters = rest;
        continue;
      }
      if (rest !== "") assign(flag, rest, spell(flag));
      else if (i + 1 < argv.length) assign(flag, argv[++i] as string, spell(flag));
      else throw new UsageError(`flag needs an argument: '${letter}' in ${arg}`);
      break;
    }
  }
  return values;
}
