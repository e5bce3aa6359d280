/** Times as descriptions show them: dates in the reader's time zone, and ages. */
import { ageSince } from "../../../api/duration-age.ts";
import { systemClock } from "../../../base/clock.ts";
import { zoneName } from "./zone-name.ts";

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n: number): string => String(n).padStart(2, "0");

/** `+09:00`, with another separator or none. */
function zoneText(d: Date, separator: string): string {
  const offset = -d.getTimezoneOffset();
  const minutes = Math.abs(offset);
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${separator}${two(minutes % 60)}`;
}

const clockText = (d: Date): string => `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;

/** RFC 1123 with a numeric zone: `Mon, 02 Jan 2006 15:04:05 -0700`. The zero time when there is none. */
export function dateText(time: string | undefined): string {
  if (!time) return "Mon, 01 Jan 0001 00:00:00 +0000";
  const d = new Date(time);
  return `${days[d.getDay()]}, ${two(d.getDate())} ${months[d.getMonth()]} ${d.getFullYear()} ${clockText(d)} ${zoneText(d, "")}`;
}

/** As Go prints a time that nothing formats: `2006-01-02 15:04:05 -0700 MST`. */
export function goTime(time: string | undefined): string {
  if (!time) return "0001-01-01 00:00:00 +0000 UTC";
  const d = new Date(time);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${clockText(d)} ${zoneText(d, "")} ${zoneName(d)}`;
}

/** RFC 3339 in the user's time zone, `Z` for UTC. @param ms since the Unix epoch */
export function localTime(ms: number): string {
  const d = new Date(ms);
  const zone = d.getTimezoneOffset() === 0 ? "Z" : zoneText(d, ":");
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${clockText(d)}${zone}`;
}

/** `2m13s`; `<unknown>` without a time. */
export const ageText = (time: string | null | undefined): string => ageSince(time ?? undefined, systemClock.now());
