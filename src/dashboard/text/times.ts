/** Times in the reader's own zone and language. */
import { parseTime } from "../../base/clock.ts";
import type { Language } from "./languages.ts";

const units = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

const narrow = new Map<string, Intl.NumberFormat>();
const full = new Map<string, Intl.DateTimeFormat>();

/** Milliseconds as one short number: `3m`, `3분`. */
export function shortDuration(ms: number, language: Language): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [unit, size] = units.find(([, size]) => seconds >= size) ?? (["second", 1] as const);
  const key = `${language} ${unit}`;
  let format = narrow.get(key);
  if (!format) {
    format = new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "narrow" });
    narrow.set(key, format);
  }
  return format.format(Math.floor(seconds / size));
}

/** @param time RFC 3339 */
export function localTime(time: string, language: Language): string {
  let format = full.get(language);
  if (!format) {
    format = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
    full.set(language, format);
  }
  const at = parseTime(time);
  return Number.isNaN(at) ? time : format.format(at);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** @param ms since the epoch */
export function clockTime(ms: number, language: Language): string {
  let format = clocks.get(language);
  if (!format) {
    format = new Intl.DateTimeFormat(language, { timeStyle: "medium" });
    clocks.set(language, format);
  }
  return format.format(ms);
}
