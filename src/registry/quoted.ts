/** Names that come with every object: kinds, versions, managers, fields, the current time. */
const known = new Map<string, string>();
const mostKnown = 1000;
const longestKnown = 100;

/** A text as JSON; for one that is likely to come again. */
export function quoted(text: string): string {
  let out = known.get(text);
  if (out === undefined) {
    out = JSON.stringify(text);
    if (text.length > longestKnown) return out;
    if (known.size >= mostKnown) known.clear();
    known.set(text, out);
  }
  return out;
}
