/** Which of several words somebody may have meant. Pure. */

/** Single-letter insertions, deletions and replacements from one word to the other. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The one word that is nearest, and near enough: a third of its letters may differ. Two neighbours that changed places count once. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  const asked = word.toLowerCase();
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const candidate of words) {
    const known = candidate.toLowerCase();
    const distance = swapped(asked, known) ? 1 : editDistance(asked, known);
    if (distance > Math.max(1, Math.floor(Math.max(asked.length, known.length) / 3))) continue;
    if (!best || distance < best.distance) best = { word: candidate, distance };
  }
  return best?.word;
}

function swapped(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  const at = [...a].findIndex((letter, i) => letter !== b[i]);
  return at >= 0 && a.slice(at, at + 2) === `${b[at + 1]}${b[at]}` && a.slice(at + 2) === b.slice(at + 2);
}

export const didYouMean = (word: string): string => `Did you mean "${word}"?`;
