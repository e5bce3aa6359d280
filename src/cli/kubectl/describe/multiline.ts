/** Maps and lists that stand one entry a line behind a title. */
import type { Taint, Toleration } from "../../../api/generated/types.ts";
import { lastAppliedAnnotation } from "../core/last-applied.ts";
import type { DescriptionWriter } from "./writer.ts";

/** Longer annotations get lines of their own, and each line is cut there. */
const longest = 140;

function writeLines(w: DescriptionWriter, title: string, lines: readonly string[], indent = ""): void {
  w.write(0, `${indent}${title}:\t`);
  if (lines.length === 0) w.write(0, "<none>\n");
  lines.forEach((line, i) => {
    w.write(0, `${i > 0 ? `${indent}\t` : ""}${line}\n`);
  });
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export function writeLabels(
  w: DescriptionWriter,
  title: string,
  labels: Readonly<Record<string, string>> | undefined,
): void {
  const keys = Object.keys(labels ?? {}).sort();
  writeLines(
    w,
    title,
    keys.map((key) => `${key}=${labels?.[key]}`),
  );
}

export function writeAnnotations(
  w: DescriptionWriter,
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

export function writeTolerations(
  w: DescriptionWriter,
  title: string,
  tolerations: readonly Toleration[] | undefined,
): void {
  const sorted = [...(tolerations ?? [])].sort((a, b) => byText(a.key ?? "", b.key ?? ""));
  writeLines(w, title, sorted.map(tolerationText));
}

function tolerationText({ key = "", value, effect, operator, tolerationSeconds }: Toleration): string {
  let text = key + (value ? `=${value}` : "") + (effect ? `:${effect}` : "");
  if (operator === "Exists" && !value) text += key || effect ? " op=Exists" : "op=Exists";
  return tolerationSeconds === undefined ? text : `${text} for ${tolerationSeconds}s`;
}

export function writeTaints(w: DescriptionWriter, title: string, taints: readonly Taint[] | undefined): void {
  const sorted = [...(taints ?? [])].sort((a, b) => byText(`${a.effect},${a.key}`, `${b.effect},${b.key}`));
  writeLines(
    w,
    title,
    sorted.map(({ key, value, effect }) =>
      effect ? (value ? `${key}=${value}:${effect}` : `${key}:${effect}`) : value ? `${key}=${value}:` : key,
    ),
  );
}
