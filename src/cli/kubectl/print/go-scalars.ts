/** What a plain scalar means to Go's YAML libraries (go.yaml.in/yaml v2 and v3, `resolve`). */

export type ScalarTag = "!!str" | "!!bool" | "!!null" | "!!int" | "!!float" | "!!timestamp";

export interface Resolved {
  readonly tag: ScalarTag;
  /** An integer that a double cannot hold is a bigint. A timestamp is its text in RFC 3339. */
  readonly value: string | number | bigint | boolean | null;
}

const table = (tag: ScalarTag, entries: readonly (readonly [Resolved["value"], string])[]): [string, Resolved][] =>
  entries.flatMap(([value, words]) => words.split(" ").map((word): [string, Resolved] => [word, { tag, value }]));

const common = [
  ...table("!!null", [[null, "~ null Null NULL"]]),
  ...table("!!bool", [
    [true, "true True TRUE"],
    [false, "false False FALSE"],
  ]),
  ...table("!!float", [
    [Number.NaN, ".nan .NaN .NAN"],
    [Number.POSITIVE_INFINITY, ".inf .Inf .INF +.inf +.Inf +.INF"],
    [Number.NEGATIVE_INFINITY, "-.inf -.Inf -.INF"],
  ]),
];
const words = {
  v2: new Map([
    ...common,
    ...table("!!bool", [
      [true, "y Y yes Yes YES on On ON"],
      [false, "n N no No NO off Off OFF"],
    ]),
  ]),
  v3: new Map(common),
};

/** How version 2 or 3 of the library reads a scalar without quotes and without a tag. */
export function resolvePlain(text: string, version: keyof typeof words): Resolved {
  if (text === "") return { tag: "!!null", value: null };
  const word = words[version].get(text);
  if (word) return word;
  const first = text[0] as string;
  if (first === "." && /^\.\d+(?:[eE][-+]?\d+)?$/.test(text)) return float(text) ?? { tag: "!!str", value: text };
  if (!/[-+0-9]/.test(first)) return { tag: "!!str", value: text };
  const time = timestamp(text);
  if (time !== undefined) return { tag: "!!timestamp", value: time };
  const plain = text.replaceAll("_", "");
  const int = integer(plain);
  if (int !== undefined) return { tag: "!!int", value: int };
  const number = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(plain) ? float(plain) : undefined;
  return number ?? { tag: "!!str", value: text };
}

const float = (text: string): Resolved | undefined => {
  const value = Number(text);
  return Number.isFinite(value) ? { tag: "!!float", value } : undefined;
};

/** `strconv.ParseInt` and `ParseUint` with base 0. */
function integer(text: string): number | bigint | undefined {
  const [, sign, prefix = "", digits = ""] = /^([-+]?)(0[xX]|0[bB]|0[oO]|0(?=[0-7]))?([0-9a-fA-F]+)$/.exec(text) ?? [];
  if (sign === undefined) return undefined;
  const kind = prefix.slice(-1).toLowerCase();
  const [allowed, literal] =
    kind === "x"
      ? [/^[0-9a-f]+$/i, "0x"]
      : kind === "b"
        ? [/^[01]+$/, "0b"]
        : prefix === ""
          ? [/^(?:0|[1-9]\d*)$/, ""]
          : [/^[0-7]+$/, "0o"];
  if (!allowed.test(digits)) return undefined;
  const size = BigInt(`${literal}${digits}`);
  const value = sign === "-" ? -size : size;
  if (value < -(2n ** 63n) || value >= (sign === "" ? 2n ** 64n : 2n ** 63n)) return undefined;
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

const times = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:([Tt ])(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?(Z|[-+]\d\d:\d\d)?)?$/;

/** The text in RFC 3339; undefined for what is none. */
function timestamp(text: string): string | undefined {
  const [whole, year = "", month = "", day = "", separator, ...clock] = times.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const [hour = "0", minute = "0", second = "0", fraction = "", zone] = clock;
  if (separator !== undefined && (separator === " ") !== (zone === undefined)) return undefined;
  const two = (part: string) => part.padStart(2, "0");
  const date = `${year}-${two(month)}-${two(day)}`;
  const real = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(real.valueOf()) || !real.toISOString().startsWith(date)) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const digits = fraction.slice(0, 9).replace(/0+$/, "");
  const offset = zone === undefined || /^[-+]00:00$/.test(zone) ? "Z" : zone;
  return `${date}T${two(hour)}:${two(minute)}:${two(second)}${digits ? `.${digits}` : ""}${offset}`;
}

/** `strconv.FormatFloat(value, 'g', -1, 64)`, with YAML's words for what is no number. */
export function goFloat(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf";
  const [digits = "", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return String(value);
  return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}
