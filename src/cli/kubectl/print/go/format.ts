/** Go's `fmt`: values as text, `Sprint`, `Sprintln` and `Sprintf` with their marks for what does not fit. */
import { isPrint, quote } from "./quote.ts";
import { GoNumber, kindOf, numberOf, sortedEntries, typeOf } from "./values.ts";

/** A float as `%v` shows it: the shortest digits, an exponent below 1e-4 and from 1e21 on. */
function floatText(value: number, verb = "v", precision?: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  const exponent = (text: string) =>
    text.replace(/e([+-])(\d+)$/, (_, sign: string, digits: string) => `e${sign}${digits.padStart(2, "0")}`);
  switch (verb) {
    case "f":
    case "F":
      return value.toFixed(precision ?? 6);
    case "e":
      return exponent(value.toExponential(precision ?? 6));
    case "E":
      return exponent(value.toExponential(precision ?? 6)).toUpperCase();
    default: {
      const digits = precision === undefined ? undefined : Math.max(precision, 1);
      const scientific = digits === undefined ? value.toExponential() : value.toExponential(digits - 1);
      const power = Number(scientific.split("e")[1]);
      const shown = (scientific.split("e")[0] as string).replace("-", "").replace(".", "").length;
      const limit = digits === undefined ? 21 : Math.max(digits, shown);
      const trim = (text: string) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
      const text =
        power < -4 || power >= limit
          ? exponent(scientific.replace(/^([^e]*)/, (m) => (digits === undefined ? m : trim(m))))
          : digits === undefined
            ? plainDecimal(value)
            : trim(value.toFixed(Math.max(0, digits - 1 - power)));
      return verb === "G" ? text.toUpperCase() : text;
    }
  }
}

function plainDecimal(value: number): string {
  const text = String(value);
  if (!text.includes("e")) return text;
  return value.toFixed(20).replace(/\.?0+$/, "");
}

const scalarText = (value: unknown): string =>
  kindOf(value) === "float" ? floatText(numberOf(value)) : String(value instanceof GoNumber ? value.value : value);

/** `%v`. */
export function goText(value: unknown): string {
  switch (kindOf(value)) {
    case "nil":
      return "<nil>";
    case "slice":
      return `[${(value as unknown[]).map(goText).join(" ")}]`;
    case "map":
      return `map[${sortedEntries(value as object)
        .map(([k, v]) => `${k}:${goText(v)}`)
        .join(" ")}]`;
    default:
      return scalarText(value);
  }
}

/** `%#v`: as it would be written in Go. Nil within a container is `interface {}(nil)`. */
export function goSyntax(value: unknown, nested = false): string {
  switch (kindOf(value)) {
    case "nil":
      return nested ? "interface {}(nil)" : "<nil>";
    case "string":
      return quote(value as string);
    case "slice":
      return `[]interface {}{${(value as unknown[]).map((v) => goSyntax(v, true)).join(", ")}}`;
    case "map":
      return `map[string]interface {}{${sortedEntries(value as object)
        .map(([k, v]) => `${quote(k)}:${goSyntax(v, true)}`)
        .join(", ")}}`;
    case "float": {
      const text = floatText(numberOf(value), "g");
      return text;
    }
    case "uint":
      return `0x${numberOf(value).toString(16)}`;
    default:
      return scalarText(value);
  }
}

/** A blank between two operands when neither is a string. */
export const sprint = (args: readonly unknown[]): string =>
  args
    .map((arg, i) => (i > 0 && typeof arg !== "string" && typeof args[i - 1] !== "string" ? " " : "") + goText(arg))
    .join("");

export const sprintln = (args: readonly unknown[]): string => `${args.map(goText).join(" ")}\n`;

interface Spec {
  readonly flags: string;
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

const directive = /%([-+# 0]*)(\[(\d+)\])?(\*|\d+)?(?:(\.)(?:\[(\d+)\])?(\*|\d+)?)?(?:\[(\d+)\])?(.)?/gsu;

export function sprintf(format: string, args: readonly unknown[]): string {
  let next = 0;
  let reordered = false;
  const take = (): { readonly missing: boolean; readonly value: unknown } => {
    const missing = next >= args.length;
    return { missing, value: args[next++] };
  };
  let badIndex = false;
  const jump = (text: string | undefined): void => {
    if (text === undefined) return;
    reordered = true;
    const n = Number(text);
    if (n < 1 || n > args.length) badIndex = true;
    else next = n - 1;
  };
  const star = (): { readonly value: number | undefined; readonly bad: boolean } => {
    const { missing, value } = take();
    const whole = !missing && kindOf(value) === "int";
    return { value: whole ? numberOf(value) : undefined, bad: !whole };
  };
  const text = format.replace(
    directive,
    (_all, flagText: string, _b, firstIndex, widthText, dot, precisionIndex, precisionText, lastIndex, verb) => {
      let flags = flagText;
      let out = "";
      badIndex = false;
      let width = widthText === undefined || widthText === "*" ? undefined : Number(widthText);
      jump(firstIndex);
      if (widthText === "*") {
        const given = star();
        if (given.bad) out += "%!(BADWIDTH)";
        width = given.value;
        if (width !== undefined && width < 0) {
          width = -width;
          flags += "-";
        }
      }
      let precision = dot === undefined ? undefined : Number(precisionText ?? 0);
      jump(precisionIndex);
      if (precisionText === "*") {
        const given = star();
        precision = given.value !== undefined && given.value >= 0 ? given.value : undefined;
        if (given.bad || (given.value ?? 0) < 0) out += "%!(BADPREC)";
      }
      jump(lastIndex);
      if (verb === undefined) return `${out}%!(NOVERB)`;
      if (verb === "%") return `${out}%`;
      if (badIndex) return `${out}%!${verb}(BADINDEX)`;
      const { missing, value } = take();
      if (missing) return `${out}%!${verb}(MISSING)`;
      return out + formatValue(value, verb, { flags, width, precision });
    },
  );
  if (reordered || next >= args.length) return text;
  const extra = args.slice(next).map((arg) => (kindOf(arg) === "nil" ? "<nil>" : `${typeOf(arg)}=${goText(arg)}`));
  return `${text}%!(EXTRA ${extra.join(", ")})`;
}

function formatValue(value: unknown, verb: string, spec: Spec): string {
  const { flags } = spec;
  // Of a plain value the plus means nothing to this verb.
  if (verb === "v" && flags.includes("+"))
    return formatValue(value, verb, { ...spec, flags: flags.replaceAll("+", "") });
  if (verb === "T") return pad(typeOf(value), spec);
  if (verb === "v" && flags.includes("#")) return pad(goSyntax(value), spec);
  const kind = kindOf(value);
  const bad = () => `%!${verb}(${kind === "nil" ? "<nil>" : `${typeOf(value)}=${goText(value)}`})`;
  switch (kind) {
    case "nil":
      return verb === "v" ? pad("<nil>", spec) : bad();
    case "bool":
      return verb === "t" || verb === "v" ? pad(String(value), spec) : bad();
    case "int":
    case "uint":
      return integer(numberOf(value), verb, spec) ?? bad();
    case "float":
      return floating(numberOf(value), verb, spec) ?? bad();
    case "string":
      return stringValue(value as string, verb, spec) ?? bad();
    case "slice":
      return verb === "p" ? bad() : `[${(value as unknown[]).map((v) => formatValue(v, verb, spec)).join(" ")}]`;
    default:
      return verb === "p"
        ? bad()
        : `map[${sortedEntries(value as object)
            .map(([k, v]) => `${formatValue(k, verb, spec)}:${formatValue(v, verb, spec)}`)
            .join(" ")}]`;
  }
}

function pad(text: string, { flags, width = 0 }: Spec, zero = false): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (flags.includes("-")) return text + " ".repeat(missing);
  if (!zero) return " ".repeat(missing) + text;
  const [, sign = "", digits = ""] = /^([+\- ]?)(.*)$/s.exec(text) ?? [];
  return sign + "0".repeat(missing) + digits;
}

const signed = (negative: boolean, digits: string, flags: string): string =>
  `${negative ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : ""}${digits}`;

function integer(value: number, verb: string, spec: Spec): string | undefined {
  const { flags, precision } = spec;
  const bases: Readonly<Record<string, [number, string]>> = {
    d: [10, ""],
    v: [10, ""],
    b: [2, "0b"],
    o: [8, "0"],
    O: [8, "0o"],
    x: [16, "0x"],
    X: [16, "0X"],
  };
  const base = bases[verb];
  if (base) {
    let digits = Math.abs(value).toString(base[0]);
    if (verb === "X") digits = digits.toUpperCase();
    if (precision !== undefined) digits = precision === 0 && value === 0 ? "" : digits.padStart(precision, "0");
    const prefix = verb === "O" || flags.includes("#") ? base[1] : "";
    const zero = flags.includes("0") && !flags.includes("-") && precision === undefined;
    return pad(signed(value < 0, prefix + digits, flags), spec, zero);
  }
  const valid = value >= 0 && value <= 0x10ffff;
  const char = valid ? String.fromCodePoint(value) : "\ufffd";
  if (verb === "c") return pad(char, spec);
  if (verb === "q") return pad(quote(char, "'", flags.includes("+")), spec);
  if (verb === "U") return pad(unicodePoint(value, flags.includes("#")), spec);
  return undefined;
}

/** `U+0041`, with the sharp flag `U+0041 'A'`. */
export function unicodePoint(code: number, sharp: boolean): string {
  const text = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const char = code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "";
  return sharp && isPrint(char) ? `${text} '${char}'` : text;
}

function floating(value: number, verb: string, spec: Spec): string | undefined {
  if (!"vgGeEfF".includes(verb)) return undefined;
  const text = floatText(Math.abs(value), verb, spec.precision);
  const zero = spec.flags.includes("0") && !spec.flags.includes("-") && Number.isFinite(value);
  return pad(signed(value < 0 || Object.is(value, -0), text.replace(/^\+(?=Inf)/, ""), spec.flags), spec, zero);
}

function stringValue(text: string, verb: string, spec: Spec): string | undefined {
  const { flags, precision } = spec;
  const cut = precision === undefined ? text : [...text].slice(0, precision).join("");
  switch (verb) {
    case "s":
    case "v":
      return pad(cut, spec, flags.includes("0") && !flags.includes("-"));
    case "q":
      return pad(
        flags.includes("#") && !/[`\n\r]/.test(cut) ? `\`${cut}\`` : quote(cut, '"', flags.includes("+")),
        spec,
        flags.includes("0"),
      );
    case "x":
    case "X": {
      const bytes = Buffer.from(text).subarray(0, precision);
      const digits = [...bytes].map((b) => b.toString(16).padStart(2, "0"));
      const prefix = flags.includes("#") ? "0x" : "";
      const joined = flags.includes(" ") ? digits.map((d) => prefix + d).join(" ") : prefix + digits.join("");
      return pad(verb === "X" ? joined.toUpperCase() : joined, spec);
    }
    default:
      return undefined;
  }
}
