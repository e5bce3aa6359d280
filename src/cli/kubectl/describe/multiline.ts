/** Maps and lists that stand one entry a line behind a title. */
import type { Taint, Toleration } from "../../../api/generated/types.ts";
import { lastAppliedAnnotation } from "../core/last-applied.ts";
import type { Writer } from "./writer.ts";

/** Longer annotations get lines of their own, and each line is cut there. */
const longest = 140;

/** Each piece is written by itself: within something else, each gets its indentation. */
export function writeLines(w: Writer, title: string, lines: readonly string[]): void {
  w.write(0, `${title}:\t`);
  if (lines.length === 0) w.write(0, "<none>\n");
  lines.forEach((line, i) => {
    if (i > 0) w.write(0, "\t");
    w.write(0, `${line}\n`);
  });
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export function writeLabels(w: Writer, title: string, labels: Readonly<Record<string, string>> | undefined): void {
  const keys = Object.keys(labels ?? {}).sort();
  writeLines(
    w,
    title,
    keys.map((key) => `${key}=${labels?.[key]}`),
  );
}

/** On one line: `a=1,b=2`, or `<none>`. */
export const labelsText = (labels: Readonly<Record<string, string>> | undefined): string =>
  Object.keys(labels ?? {})
    .sort()
    .map((key) => `${key}=${labels?.[key]}`)
    .join(",") || "<none>";

export function writeAnnotations(
  w: Writer,
  title: string,
  annotations: Readonly<Record<string, string>> | undefined,
): void {
  const keys = Object.keys(annotations ?? {})
    .filter((key) => key !== lastAppliedAnnotation)
    .sort();
  const lines = keys.flatMap((key) => {
    const value = (annotations?.[key] ?? "").replace(/\n$/, "");
    const length = Buffer.byteLength(value) + Buffer.byteLength(key) + 2;
    if (length <= longest && !value.includes("\n")) return [`${key}: ${value}`];
    return [`${key}:`, ...value.split("\n").map((part) => `  ${shortened(part)}`)];
  });
  writeLines(w, title, lines);
}

/** Cut at 138 bytes. */
function shortened(text: string): string {
  const bytes = Buffer.from(text);
  return bytes.length > longest - 2 ? `${bytes.subarray(0, longest - 2).toString()}...` : text;
}

export function writeTolerations(w: Writer, title: string, tolerations: readonly Toleration[] | undefined): void {
  const sorted = [...(tolerations ?? [])].sort((a, b) => byText(a.key ?? "", b.key ?? ""));
  writeLines(w, title, sorted.map(tolerationText));
}

function tolerationText({ key = "", value, effect, operator, tolerationSeconds }: Toleration): string {
  let text = key + (value ? `=${value}` : "") + (effect ? `:${effect}` : "");
  if (operator === "Exists" && !value) text += key || effect ? " op=Exists" : "op=Exists";
  return tolerationSeconds === undefined ? text : `${text} for ${tolerationSeconds}s`;
}

export function writeTaints(w: Writer, title: string, taints: readonly Taint[] | undefined): void {
  const sorted = [...(taints ?? [])].sort((a, b) => byText(`${a.effect},${a.key}`, `${b.effect},${b.key}`));
  writeLines(
    w,
    title,
    sorted.map(({ key, value, effect }) =>
      effect ? (value ? `${key}=${value}:${effect}` : `${key}:${effect}`) : value ? `${key}=${value}:` : key,
    ),
  );
}
