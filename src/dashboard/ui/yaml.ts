import { signal } from "@preact/signals";

export type Yaml = Pick<typeof import("yaml"), "stringify" | "parseDocument">;

const loaded = signal<Yaml | undefined>(undefined);
let asked = false;

/** The library for YAML, loaded when it is first asked for; reactive: undefined until it is there. */
export function yaml(): Yaml | undefined {
  if (!asked) {
    asked = true;
    void import("yaml").then((library) => {
      loaded.value = library;
    });
  }
  return loaded.value;
}

export const printYaml = (library: Yaml, value: unknown): string => library.stringify(value, { lineWidth: 0 });

/** @throws with the place of what is wrong */
export function parseYaml(library: Yaml, text: string): unknown {
  const document = library.parseDocument(text);
  const [wrong] = document.errors;
  if (wrong) throw wrong;
  return document.toJS();
}
