/** What changed from one pod template to another, in words that fit a line. Pure. */
import type { Container, EnvVar, PodTemplateSpec } from "../generated/types.ts";
import { canonicalTemplate } from "./canonical-template.ts";

/** Fields whose entries are compared one by one even when the whole is new. */
const maps = new Set(["annotations", "labels", "limits", "metadata", "nodeSelector", "requests", "resources", "spec"]);

/** Lists whose entries have a name of their own. Every other list is compared as a whole. */
const keyOfEntry: Readonly<Record<string, (entry: Fields) => string>> = {
  containers: ({ name }) => String(name),
  initContainers: ({ name }) => String(name),
  volumes: ({ name }) => String(name),
  env: ({ name }) => String(name),
  ports: ({ containerPort, protocol }) =>
    `${containerPort}${protocol === undefined || protocol === "TCP" ? "" : `/${protocol}`}`,
  volumeMounts: ({ mountPath }) => String(mountPath),
};

const restartedAt = "kubectl.kubernetes.io/restartedAt";
const longestValue = 48;
const longestImage = 120;

type Fields = Readonly<Record<string, unknown>>;

/** A place where two templates differ; `undefined` where one has nothing there. */
interface Change {
  readonly path: readonly string[];
  readonly before: unknown;
  readonly after: unknown;
  /** The same entries of a list, in another order. */
  readonly reordered?: boolean;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Short phrases, the most telling first: images, containers, environment, resources, everything else. None exactly when
 * the templates are equal in the sense of `sameTemplate`. Long values are cut.
 */
export function templateDifferences(before: PodTemplateSpec, after: PodTemplateSpec): readonly string[] {
  const several = Math.max(...[before, after].map((template) => containersOf(template).length)) > 1;
  const phrases = changes([], canonicalTemplate(before), canonicalTemplate(after)).map((change) =>
    phraseOf(change, several),
  );
  return phrases.sort((a, b) => a.rank - b.rank).map(({ text }) => text);
}

/** `image a`, or `images a, b`. */
export function imagesOf(template: PodTemplateSpec | undefined): string {
  const images = (template?.spec?.containers ?? []).map(({ image }) => textOf(image ?? "", longestImage));
  return `image${images.length > 1 ? "s" : ""} ${shortened(images)}`;
}

/**
 * Joins phrases with commas; those that do not fit are counted: `a, b, … and 3 more`.
 * @param limit characters; the first phrase is there in any case, cut if need be
 */
export function shortened(phrases: readonly string[], limit = 240): string {
  const whole = phrases.join(", ");
  if (whole.length <= limit) return whole;
  const rest = (shown: number) => (shown < phrases.length ? `, … and ${phrases.length - shown} more` : "");
  for (let shown = phrases.length - 1; shown > 0; shown--) {
    const text = phrases.slice(0, shown).join(", ") + rest(shown);
    if (text.length <= limit) return text;
  }
  const tail = rest(1);
  return cut(phrases[0] ?? "", limit - tail.length) + tail;
}

const containersOf = ({ spec }: PodTemplateSpec): readonly Container[] => [
  ...(spec?.initContainers ?? []),
  ...(spec?.containers ?? []),
];

function changes(path: readonly string[], before: unknown, after: unknown): readonly Change[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const field = path.at(-1) ?? "spec";
  const change: Change = { path, before, after };
  // An environment variable is one thing, wherever its value comes from.
  if (path.at(-2) === "env") return [change];
  const entries = keyOfEntry[field];
  if (entries) return listChanges(change, entries);
  const open = maps.has(field) || path.length === 0;
  const [from, to] = [before ?? (open ? {} : undefined), after ?? (open ? {} : undefined)];
  if (!isFields(from) || !isFields(to)) return [change];
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  const inner = keys.flatMap((key) => changes([...path, key], from[key], to[key]));
  return inner.length > 0 ? inner : [change];
}

function listChanges(change: Change, keyOf: (entry: Fields) => string): readonly Change[] {
  const [before, after] = [change.before ?? [], change.after ?? []] as [readonly Fields[], readonly Fields[]];
  const [from, to] = [before, after].map((list) => new Map(list.map((entry) => [keyOf(entry), entry])));
  if (!from || !to || from.size < before.length || to.size < after.length) return [change];
  const inner = [...new Set([...from.keys(), ...to.keys()])].flatMap((key) =>
    changes([...change.path, key], from.get(key), to.get(key)),
  );
  const common = (list: ReadonlyMap<string, Fields>, other: ReadonlyMap<string, Fields>) =>
    [...list.keys()].filter((key) => other.has(key)).join();
  const reordered = common(from, to) !== common(to, from);
  return inner.length > 0 && !reordered ? inner : [...inner, { ...change, reordered: true }];
}

interface Phrase {
  readonly text: string;
  /** Lower comes first. */
  readonly rank: number;
}

/** @param several there is more than one container: it must be named */
function phraseOf({ path, before, after, reordered }: Change, several: boolean): Phrase {
  const [section, list, name = "", ...inner] = path;
  if (reordered) return { text: words(several && name ? `${name}:` : "", path.at(-1), "reordered"), rank: 4 };
  if (section === "metadata") {
    if (name === restartedAt && after !== undefined) return { text: "restarted", rank: 5 };
    const kind = list === "labels" ? "label" : list === "annotations" ? "annotation" : list;
    return { text: difference(words(kind, name), before, after), rank: 6 };
  }
  if ((list === "containers" || list === "initContainers") && path.length > 2) {
    const kind = list === "containers" ? "container" : "init container";
    if (inner.length === 0) {
      const image = (after ?? before) as Container | undefined;
      const what = `${kind} ${name} (${textOf(image?.image, longestImage)})`;
      return { text: `${what} ${after === undefined ? "removed" : "added"}`, rank: 1 };
    }
    const { text, rank } = containerPhrase(inner, before, after);
    return { text: several ? `${name}: ${text}` : text, rank };
  }
  if (list === "volumes" && path.length > 2)
    return { text: difference(words("volume", name, inner.join(".")), before, after), rank: 4 };
  return { text: difference(path.slice(1).join(".") || "template", before, after), rank: 4 };
}

const probes: Readonly<Record<string, string>> = {
  livenessProbe: "liveness probe",
  readinessProbe: "readiness probe",
  startupProbe: "startup probe",
};
const listWords: Readonly<Record<string, string>> = { ports: "port", volumeMounts: "mount" };

/** @param path below the container */
function containerPhrase(path: readonly string[], before: unknown, after: unknown): Phrase {
  const [field = "", key = "", ...inner] = path;
  if (field === "image") return { text: difference("image", before, after, longestImage), rank: 0 };
  if (field === "env" && path.length > 1)
    return { text: difference(`env ${key}`, sourceOf(before), sourceOf(after)), rank: 2 };
  if (field === "resources" && path.length > 2)
    return { text: difference(`${inner.join(".")} ${key.replace(/s$/, "")}`, before, after), rank: 3 };
  const subject = words(probes[field] ?? listWords[field] ?? field, [key, ...inner].filter(Boolean).join("."));
  const dotted = probes[field] || listWords[field] ? subject : path.join(".");
  return { text: difference(dotted, before, after), rank: 4 };
}

/** Where the value of a variable comes from, or the value. */
function sourceOf(variable: unknown): unknown {
  if (variable === undefined) return undefined;
  const { value = "", valueFrom } = variable as EnvVar;
  if (!valueFrom) return value;
  const { secretKeyRef, configMapKeyRef, fieldRef, resourceFieldRef } = valueFrom;
  if (secretKeyRef) return `secret ${secretKeyRef.name}/${secretKeyRef.key}`;
  if (configMapKeyRef) return `config map ${configMapKeyRef.name}/${configMapKeyRef.key}`;
  if (fieldRef) return `field ${fieldRef.fieldPath}`;
  if (resourceFieldRef) return `resource ${resourceFieldRef.resource}`;
  return valueFrom;
}

const words = (...all: readonly (string | undefined)[]): string => all.filter(Boolean).join(" ");

function difference(subject: string, before: unknown, after: unknown, longest = longestValue): string {
  if (after === undefined) return `${subject} removed`;
  // What an object holds says less than that it is there now.
  if (before === undefined) return words(subject, isFields(after) ? "" : textOf(after, longest), "added");
  const [from, to] = [textOf(before, longest), textOf(after, longest)];
  return from === to ? `${subject} changed` : `${subject} ${from} → ${to}`;
}

/** On one line. An empty text is shown as `""`. */
function textOf(value: unknown, longest: number): string {
  const text = typeof value === "string" ? value.replace(/\s+/g, " ") : JSON.stringify(value ?? "");
  return cut(text === "" ? '""' : text, longest);
}

const cut = (text: string, longest: number): string => {
  if (text.length <= longest) return text;
  const kept = text.slice(0, Math.max(0, longest - 1));
  // Not through the middle of a character of two units.
  return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}…`;
};
