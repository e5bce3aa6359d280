/**
 * JSON whose whole numbers keep all their digits, as Go's 64-bit integers do: one that a JavaScript number cannot hold is a bigint.
 * Custom resources may have such numbers.
 */

/** In front of the digits, in a string that no manifest has. */
const mark = "\u0000n";
const most = 2n ** 63n;

/** Beyond 64 bits Go has a float too. */
export const isExact = (value: bigint): boolean =>
  value >= -most && value < most && !Number.isSafeInteger(Number(value));

/** @throws SyntaxError */
export function parseJson<T>(text: string): T {
  // Nearly always: no number is that long.
  if (!/\d{16}/.test(text)) return JSON.parse(text) as T;
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    /^-?\d{16,}$/.test(token) && isExact(BigInt(token)) ? JSON.stringify(mark + token) : token,
  );
  return JSON.parse(marked, (_, value) =>
    typeof value === "string" && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  ) as T;
}

export function writeJson(value: unknown, indent?: number): string {
  let exact = false;
  const text = JSON.stringify(
    value,
    (_, part) => {
      if (typeof part !== "bigint") return part;
      exact = true;
      return mark + part;
    },
    indent,
  );
  return exact ? text.replace(/"\\u0000n(-?\d+)"/g, "$1") : text;
}
