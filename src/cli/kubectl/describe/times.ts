/** Times as descriptions show them: dates in the reader's time zone, and ages. */
import { ageSince } from "../../../api/duration-age.ts";
import { systemClock } from "../../../base/clock.ts";

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n: number): string => String(n).padStart(2, "0");

/** RFC 1123 with a numeric zone: `Mon, 02 Jan 2006 15:04:05 -0700`. The zero time when there is none. */
export function dateText(time: string | undefined): string {
  if (!time) return "Mon, 01 Jan 0001 00:00:00 +0000";
  const d = new Date(time);
  const offset = -d.getTimezoneOffset();
  const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  return `${days[d.getDay()]}, ${two(d.getDate())} ${months[d.getMonth()]} ${d.getFullYear()} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())} ${zone}`;
}

/** `2m13s`; `<unknown>` without a time. */
export const ageText = (time: string | null | undefined): string => ageSince(time ?? undefined, systemClock.now());
