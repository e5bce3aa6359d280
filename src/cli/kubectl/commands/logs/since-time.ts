/** What Go says of a text that is no time of RFC 3339; undefined when it is one. */
export function timeProblem(text: string): string | undefined {
  if (text === "") return undefined;
  const layout = "2006-01-02T15:04:05Z07:00";
  const parts: readonly (readonly [layout: string, pattern: RegExp])[] = [
    ["2006", /^\d{4}/],
    ["-", /^-/],
    ["01", /^\d\d/],
    ["-", /^-/],
    ["02", /^\d\d/],
    ["T", /^T/],
    ["15", /^\d\d?/],
    [":", /^:/],
    ["04", /^\d\d/],
    [":", /^:/],
    ["05", /^\d\d(?:[.,]\d+)?/],
    ["Z07:00", /^(?:Z|[+-]\d\d:\d\d)/],
  ];
  const say = (why: string) => `parsing time ${JSON.stringify(text)}${why}`;
  let rest = text;
  for (const [element, pattern] of parts) {
    const match = pattern.exec(rest);
    if (!match)
      return say(` as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(element)}`);
    rest = rest.slice(match[0].length);
  }
  if (rest !== "") return say(`: extra text: ${JSON.stringify(rest)}`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (text.match(/\d+/g) ?? []).map(Number);
  if (month < 1 || month > 12) return say(": month out of range");
  if (day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return say(": day out of range");
  if (hour > 23) return say(": hour out of range");
  if (minute > 59) return say(": minute out of range");
  return second > 59 ? say(": second out of range") : undefined;
}
