/** The words of the page in the reader's language. */
import { language } from "../state/preferences.ts";
import { en, type Messages } from "./en.ts";
import { ko } from "./ko.ts";
import type { Language } from "./languages.ts";

export const tables: Readonly<Record<Language, Messages>> = { en, ko };

/** Reactive: whoever reads it while it renders is rendered again when the language changes. */
export const t = (): Messages => tables[language.value];
