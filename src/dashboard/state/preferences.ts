/** What the reader chose; kept by the browser where it may. */
import { effect, signal } from "@preact/signals";
import { type Language, languageOf } from "../text/languages.ts";

export type Theme = "system" | "light" | "dark";

const key = "wherry.preferences";

interface Preferences {
  readonly theme?: Theme;
  readonly language?: Language;
}

function read(): Preferences {
  try {
    return (JSON.parse(localStorage.getItem(key) ?? "{}") ?? {}) as Preferences;
  } catch {
    return {};
  }
}

const kept = read();
export const theme = signal<Theme>(kept.theme === "light" || kept.theme === "dark" ? kept.theme : "system");
export const language = signal<Language>(languageOf([kept.language ?? "", ...navigator.languages]));

/** Applies them to the document, now and when they change. */
export function applyPreferences(): void {
  const root = document.documentElement;
  effect(() => {
    root.lang = language.value;
    if (theme.value === "system") root.removeAttribute("data-theme");
    else root.setAttribute("data-theme", theme.value);
    try {
      localStorage.setItem(key, JSON.stringify({ theme: theme.value, language: language.value }));
    } catch {
      // A browser that keeps nothing still shows what was chosen.
    }
  });
}
