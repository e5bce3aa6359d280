const letter = /\p{L}/u;
const digit = /\p{Nd}/u;

/** The order in which Go's YAML libraries sort the keys of a map: numbers within keys count by their size. */
export function byGoKey(left: string, right: string): number {
  const [a, b] = [[...left], [...right]];
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [x, y] = [a[i] as string, b[i] as string];
    if (x === y) continue;
    const [xLetter, yLetter] = [letter.test(x), letter.test(y)];
    if (xLetter && yLetter) return compare(x, y);
    if (xLetter || yLetter) return yLetter ? -1 : 1;
    const zero = (x === "0" || y === "0") && continuesNumber(a, i) ? "1" : "";
    const [xDigits, yDigits] = [digitsFrom(a, i), digitsFrom(b, i)];
    const [xNumber, yNumber] = [BigInt(`0${zero}${xDigits}`), BigInt(`0${zero}${yDigits}`)];
    if (xNumber !== yNumber) return xNumber < yNumber ? -1 : 1;
    if (xDigits.length !== yDigits.length) return xDigits.length - yDigits.length;
    return compare(x, y);
  }
  return a.length - b.length;
}

const compare = (x: string, y: string): number => (x.codePointAt(0) ?? 0) - (y.codePointAt(0) ?? 0);

function digitsFrom(chars: readonly string[], from: number): string {
  let end = from;
  while (end < chars.length && digit.test(chars[end] as string)) end++;
  return chars.slice(from, end).join("");
}

/** Is there a digit other than zero right before, in the same run of digits? */
function continuesNumber(chars: readonly string[], at: number): boolean {
  for (let j = at - 1; j >= 0 && digit.test(chars[j] as string); j--) if (chars[j] !== "0") return true;
  return false;
}
