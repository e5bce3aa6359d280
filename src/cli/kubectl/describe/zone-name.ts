/** The short name of the reader's time zone, which JavaScript does not tell: `KST`. */
import { readFileSync } from "node:fs";

export function zoneName(date: Date): string {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const offset = date.getTimezoneOffset();
  const [, standard = "", , summer = standard] =
    /^(<[^>]+>|[A-Za-z]+)([-+\d:]*)(<[^>]+>|[A-Za-z]+)?/.exec(ruleOf(timeZone)) ?? [];
  if (standard === "") return offset === 0 ? "UTC" : "";
  const winter = Math.max(offsetIn(date, 0), offsetIn(date, 6));
  return (offset === winter ? standard : summer).replace(/[<>]/g, "");
}

/** Minutes, in that month. */
const offsetIn = (date: Date, month: number): number => new Date(date.getFullYear(), month, 1).getTimezoneOffset();

/** How the zone goes on from today, as POSIX writes it: the last line of its file in the system's database. */
function ruleOf(timeZone: string): string {
  try {
    return readFileSync(`/usr/share/zoneinfo/${timeZone}`, "latin1").trimEnd().split("\n").at(-1) ?? "";
  } catch {
    return "";
  }
}
