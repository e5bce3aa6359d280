export const languages = ["en", "ko"] as const;
export type Language = (typeof languages)[number];

/** The first of the wished languages (BCP 47) that there is, else English. */
export function languageOf(wished: readonly string[]): Language {
  for (const tag of wished) {
    const found = languages.find((l) => tag === l || tag.toLowerCase().startsWith(`${l}-`));
    if (found) return found;
  }
  return "en";
}
