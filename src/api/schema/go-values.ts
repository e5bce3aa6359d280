/**
 * Reads scalar JSON values the way Go's types do, with their messages and in their canonical form: what is stored is
 * what upstream would have stored.
 */
import { formatMicroTime, formatTime } from "../../base/clock.ts";
import { canonicalQuantity } from "../quantity.ts";

/** A value that Go's decoder refuses. The message is Go's. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
  /** The words of upstream's converter, which a strategic merge patch meets instead of the decoder. */
  readonly conversion: string;

  constructor(message: string, conversion = message) {
    super(message);
    this.conversion = conversion;
  }
}

/** What Go's decoder calls a JSON value. */
export const goKind = (value: unknown): string => {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
};

/** What upstream's converter says of a value that is none of its target's shape. */
export const conversionText = (
  value: unknown,
  shape: "struct" | "slice" | "map" | "scalar",
  goType: string,
): string => {
  const kind = reflectKind(value);
  if (shape === "struct") return `cannot restore struct from: ${kind}`;
  if (shape !== "scalar") return `cannot restore ${shape} from ${kind}`;
  const target = /^(u?int\d+|float64|bool)$/.exec(goType)?.[0] ?? "string";
  // Go converts integers to strings, and numbers to each other; the converter does not.
  if (typeof value === "number" && target !== "bool" && (kind === "int64" || target !== "string"))
    return `cannot convert ${kind} to ${goType}`;
  return `unrecognized type: ${target}`;
};

const reflectKind = (value: unknown): string => {
  if (Array.isArray(value)) return "slice";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "object" ? "map" : goKind(value);
};

const cannotUnmarshal = (value: unknown, type: string) =>
  new DecodeError(`json: cannot unmarshal ${goKind(value)} into Go value of type ${type}`);

const knownQuantities = new Map<string | number, string>();

/** A quantity in its canonical form. A number is taken as if it were quoted. */
export const readQuantity = (value: unknown): string => {
  if (typeof value !== "string" && typeof value !== "number")
    return readQuantity(JSON.stringify(value).replace(/^"|"$/g, ""));
  const known = knownQuantities.get(value);
  if (known !== undefined) return known;
  let text: string;
  try {
    text = canonicalQuantity(value);
  } catch (error) {
    throw new DecodeError(error instanceof Error ? error.message : String(error));
  }
  if (knownQuantities.size < mostKnown) knownQuantities.set(value, text);
  return text;
};

export const readIntOrString = (value: unknown): number | string => {
  if (typeof value === "string") return value;
  if (typeof value !== "number") throw cannotUnmarshal(value, "int32");
  if (!isInteger(value, 31))
    throw new DecodeError(`json: cannot unmarshal number ${value} into Go value of type int32`);
  return value;
};

/** May a 64-bit integer have lost digits on its way here, where numbers are doubles? Upstream keeps all of them. */
export const isRounded = (value: number): boolean =>
  Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) <= 2 ** 63;

/** Does a number fit a signed integer of `bits` bits and a sign? */
export const isInteger = (value: number, bits: number): boolean =>
  Number.isInteger(value) && value >= -(2 ** bits) && value < 2 ** bits;

const layout = "2006-01-02T15:04:05Z07:00";
const microLayout = "2006-01-02T15:04:05.000000Z07:00";

/** A `Time`: UTC, whole seconds. */
export const readTime = (value: unknown): string => {
  if (typeof value !== "string") throw cannotUnmarshal(value, "string");
  const known = knownTimes.get(value);
  if (known !== undefined) return known;
  const read = formatTime(Math.floor(parseGoTime(value, layout) / 1e6) * 1000);
  if (knownTimes.size >= mostKnown) knownTimes.clear();
  knownTimes.set(value, read);
  return read;
};

/** Nearly all times that are written are a few recent ones. */
const knownTimes = new Map<string, string>();
const mostKnown = 1000;

/** A `MicroTime`: UTC, six digits after the second, neither more nor fewer. */
export const readMicroTime = (value: unknown): string => {
  if (typeof value !== "string") throw cannotUnmarshal(value, "string");
  const time = parseGoTime(value, microLayout);
  const [, rest = ""] = /:\d\d([^:].*)$/.exec(value) ?? [];
  if (!/^[.,]\d{6}(Z|[+-])/.test(rest)) {
    const [shown, as] = /^[.,]\d{7}/.test(rest) ? [rest.slice(7), "Z07:00"] : [rest, ".000000"];
    const why = `cannot parse ${JSON.stringify(shown)} as ${JSON.stringify(as)}`;
    throw new DecodeError(`parsing time ${JSON.stringify(value)} as ${JSON.stringify(microLayout)}: ${why}`);
  }
  return formatMicroTime(time / 1000);
};

const timePattern =
  /^(\d{4})(?:(-)(?:(\d\d)(?:(-)(?:(\d\d)(?:(T)(?:(\d\d)(?:(:)(?:(\d\d)(?:(:)(?:(\d\d)(?:(?:[.,]\d+)?(Z|[+-]\d\d:\d\d)?)?)?)?)?)?)?)?)?)?)?)?/;
const pieces = ["2006", "-", "01", "-", "02", "T", "15", ":", "04", ":", "05", "Z07:00"];

/** Microseconds since the epoch. @throws DecodeError as Go's `time.Parse` */
const parseGoTime = (text: string, as: string): number => {
  const fail = (why: string) => new DecodeError(`parsing time ${JSON.stringify(text)}${why}`);
  const match = timePattern.exec(text);
  const parts = match ? match.slice(1) : [];
  const missing = pieces.findIndex((_, i) => parts[i] === undefined);
  const [year, , month, , day, , hour, , minute, , second] = parts.map(Number) as number[];
  const days = new Date(Date.UTC(year ?? 0, month ?? 0, 0)).getUTCDate();
  const ranges: [string, number | undefined, number, number][] = [
    ["month", month, 1, 12],
    ["day", day, 1, days],
    ["hour", hour, 0, 23],
    ["minute", minute, 0, 59],
    ["second", second, 0, 59],
  ];
  for (const [name, number, low, high] of ranges)
    if (number !== undefined && !Number.isNaN(number) && (number < low || number > high))
      throw fail(`: ${name} out of range`);
  if (missing >= 0) {
    const rest = text.slice(match?.[0].length ?? 0);
    throw fail(` as ${JSON.stringify(as)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(pieces[missing])}`);
  }
  const extra = text.slice(match?.[0].length);
  if (extra) throw fail(`: extra text: ${JSON.stringify(extra)}`);
  const [, fraction = "", zone = "Z"] = /(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  const whole = Date.parse(`${text.slice(0, 19)}${zone}`);
  return whole * 1000 + Number(fraction.slice(0, 6).padEnd(6, "0"));
};

const wellFormedBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Checks base64 text; line breaks are dropped. */
export const readBase64 = (text: string): string => {
  if (wellFormedBase64.test(text)) return text;
  const clean = text.replace(/[\r\n]/g, "");
  if (clean !== text && wellFormedBase64.test(clean)) return clean;
  throw new DecodeError(`illegal base64 data at input byte ${firstBadByte(text)}`);
};

/** Where Go's decoder gives up. */
const firstBadByte = (text: string): number => {
  const padding = text.indexOf("=");
  const bad = text.search(/[^A-Za-z0-9+/=\r\n]/);
  if (bad >= 0 && (padding < 0 || bad < padding)) return bad;
  if (padding < 0) return text.length - (text.replace(/[\r\n]/g, "").length % 4);
  const before = text.slice(0, padding).replace(/[\r\n]/g, "").length % 4;
  if (before < 2) return padding;
  if (before === 3) return padding + 1;
  if (padding + 1 === text.length) return text.length;
  return text[padding + 1] === "=" ? padding + 2 : padding;
};
