/**
 * Quantities of resources: `100m`, `1.5Gi`, `12e6`. Exact: a value is a bigint mantissa and a power of ten.
 * Limits and the canonical form are upstream's (apimachinery `api/resource`).
 */
export interface Quantity {
  /** The value is `mantissa × 10^exponent`. */
  readonly mantissa: bigint;
  readonly exponent: number;
  /** How it was written, and so how it is written again. */
  readonly format: "BinarySI" | "DecimalSI" | "DecimalExponent";
}

const binarySuffixes = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const decimalSuffixes: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const suffixOfExponent = new Map(Object.entries(decimalSuffixes).map(([suffix, exponent]) => [exponent, suffix]));

export const quantityFormatText =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const suffixText = "unable to parse quantity's suffix";

const pow10 = (n: number) => 10n ** BigInt(n);

/** Away from zero, so that a request is never rounded to less than was asked for. */
function roundUp(mantissa: bigint, divisor: bigint): bigint {
  const quotient = mantissa / divisor;
  if (mantissa % divisor === 0n) return quotient;
  return mantissa < 0n ? quotient - 1n : quotient + 1n;
}

/** Nothing is larger, and nothing but zero smaller: upstream's bounds, which also bound the work done here. */
const largest = 2n ** 63n - 1n;
const finest = -9;
/** More digits than any bound needs. */
const mostDigits = 40;

const digitsOf = (absolute: bigint): number => absolute.toString().length;

function normal(mantissa: bigint, exponent: number, format: Quantity["format"]): Quantity {
  if (mantissa === 0n) return { mantissa: 0n, exponent: 0, format };
  const sign = mantissa < 0n ? -1n : 1n;
  let m = mantissa * sign;
  let e = exponent;
  const digits = digitsOf(m);
  if (digits + e > 20 || (e >= 0 && m * pow10(e) > largest)) return { mantissa: sign * largest, exponent: 0, format };
  if (e < finest) {
    m = finest - e > digits ? 1n : roundUp(m, pow10(finest - e));
    e = finest;
  }
  while (m % 10n === 0n) {
    m /= 10n;
    e += 1;
  }
  return { mantissa: sign * m, exponent: e, format };
}

/** The digits as one number and how many of them stand after the point. */
function readDigits(whole: string, fraction: string): [mantissa: bigint, after: number] {
  const significant = whole.replace(/^0+/, "");
  if (significant.length > mostDigits) return [largest * 10n, 0];
  const kept = fraction.slice(0, mostDigits);
  const rest = /[1-9]/.test(fraction.slice(mostDigits)) ? 1n : 0n;
  return [BigInt(`${significant}${kept}` || "0") + rest, kept.length];
}

/** @throws RangeError with upstream's text when it is no quantity */
export function parseQuantity(text: string | number): Quantity {
  const parts = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(.*)$/s.exec(String(text).trim());
  if (!parts) throw new RangeError(quantityFormatText);
  const [, sign, whole = "", fraction = "", suffix = ""] = parts;
  if (whole === "" && fraction === "") throw new RangeError(quantityFormatText);
  if (!/^[eEinumkKMGTP]*[-+]?[0-9]*$/.test(suffix)) throw new RangeError(quantityFormatText);
  const [absolute, after] = readDigits(whole, fraction);
  const digits = sign === "-" ? -absolute : absolute;
  const binary = binarySuffixes.indexOf(suffix);
  if (binary >= 0) return normal(digits * 1024n ** BigInt(binary + 1), -after, "BinarySI");
  const decimal = decimalSuffixes[suffix];
  if (decimal !== undefined) return normal(digits, decimal - after, "DecimalSI");
  const exponent = /^[eE]([-+]?[0-9]{1,6})$/.exec(suffix);
  if (!exponent) throw new RangeError(suffixText);
  return normal(digits, Number(exponent[1]) - after, "DecimalExponent");
}

/** Is it a quantity at all? */
export function isQuantity(text: unknown): boolean {
  try {
    if (typeof text !== "string" && typeof text !== "number") return false;
    parseQuantity(text);
    return true;
  } catch {
    return false;
  }
}

/** Below zero, zero or above: `a` is less than, equal to or more than `b`. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  const low = Math.min(a.exponent, b.exponent);
  const difference = a.mantissa * pow10(a.exponent - low) - b.mantissa * pow10(b.exponent - low);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The sum, in the format of `a`, or of `b` when `a` is zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  const low = Math.min(a.exponent, b.exponent);
  const sum = a.mantissa * pow10(a.exponent - low) + b.mantissa * pow10(b.exponent - low);
  return normal(sum, low, a.mantissa === 0n ? b.format : a.format);
}

export const isZero = (q: Quantity): boolean => q.mantissa === 0n;

const scaled = (q: Quantity, exponent: number): bigint => {
  const shift = q.exponent + exponent;
  return shift >= 0 ? q.mantissa * pow10(shift) : roundUp(q.mantissa, pow10(-shift));
};

/** Whole units, rounded away from zero: bytes of memory, numbers of things. */
export const quantityValue = (q: Quantity): number => Number(scaled(q, 0));
/** Thousandths, rounded away from zero: millicores. */
export const quantityMilliValue = (q: Quantity): number => Number(scaled(q, 3));

/** The canonical form: the largest suffix that needs no fraction. */
export function formatQuantity(q: Quantity): string {
  if (q.mantissa === 0n) return "0";
  const whole = q.exponent >= 0;
  const absolute = q.mantissa < 0n ? -q.mantissa : q.mantissa;
  if (q.format === "BinarySI" && whole && absolute * pow10(q.exponent) >= 1024n) {
    let value = q.mantissa * pow10(q.exponent);
    let power = 0;
    while (power < binarySuffixes.length && value % 1024n === 0n) {
      value /= 1024n;
      power += 1;
    }
    return `${value}${power === 0 ? "" : binarySuffixes[power - 1]}`;
  }
  const exponent = Math.min(Math.floor(q.exponent / 3) * 3, q.format === "DecimalExponent" ? Infinity : 18);
  const value = q.mantissa * pow10(q.exponent - exponent);
  if (q.format === "DecimalExponent") return exponent === 0 ? `${value}` : `${value}e${exponent}`;
  return `${value}${suffixOfExponent.get(exponent)}`;
}

/** The canonical form of a written quantity. @throws RangeError as {@link parseQuantity} */
export const canonicalQuantity = (text: string | number): string => formatQuantity(parseQuantity(text));
