/** Merges an applied configuration into the live object, by the schema. */
import { isList, isObject, type Json, type JsonObject, own, put } from "../../api/patch/json.ts";
import { elementOf, type Shape, type Shapes } from "./typed.ts";

type ListShape = Extract<Shape, { type: "list" }>;
type MapShape = Extract<Shape, { type: "struct" | "map" }>;

const nothing = (value: Json | undefined): value is null | undefined => value === undefined || value === null;

/**
 * What the applied value says wins; what it does not mention stays. Lists that merge follow the applied order, and what
 * only the live list has stays before its old neighbours. Undefined when nothing is left. Inputs are not changed.
 */
export function merge(
  live: Json | undefined,
  applied: Json | undefined,
  shape: Shape,
  shapes: Shapes,
): Json | undefined {
  if (applied === undefined) return live;
  if (shape.type === "struct" || shape.type === "map") {
    const bothMaps = (nothing(live) || isObject(live)) && (nothing(applied) || isObject(applied));
    if (bothMaps && !(isBlank(live) && isBlank(applied)))
      return mergeMap((live ?? {}) as JsonObject, (applied ?? {}) as JsonObject, shape, shapes);
  }
  if (shape.type === "list") {
    const bothLists = (nothing(live) || isList(live)) && (nothing(applied) || isList(applied));
    if (bothLists && !(isBlank(live) && isBlank(applied)))
      return mergeList((live ?? []) as readonly Json[], (applied ?? []) as readonly Json[], shape, shapes);
  }
  // An explicit null is how a client writes a zero value.
  return applied ?? undefined;
}

function isBlank(value: Json | undefined): boolean {
  if (nothing(value)) return true;
  return isList(value) ? value.length === 0 : Object.keys(value as JsonObject).length === 0;
}

function mergeMap(live: JsonObject, applied: JsonObject, shape: MapShape, shapes: Shapes): JsonObject | undefined {
  const out: JsonObject = { ...live };
  for (const [key, value] of Object.entries(applied)) {
    const inner = shapes.at(shape, key);
    const merged = inner ? merge(own(live, key), value, inner, shapes) : value;
    if (merged === undefined) delete out[key];
    else put(out, key, merged);
  }
  return Object.keys(out).length > 0 ? out : undefined;
}

function mergeList(
  live: readonly Json[],
  applied: readonly Json[],
  shape: ListShape,
  shapes: Shapes,
): readonly Json[] | undefined {
  const items = shapes.items(shape);
  const left = live.map((item) => elementOf(shape, item) ?? "");
  const right = applied.map((item) => elementOf(shape, item) ?? "");
  const liveItems = index(left, live);
  const appliedItems = index(right, applied);
  const shared = right.filter((element) => liveItems.has(element));
  const out: Json[] = [];
  const taken = new Set<string>();
  const take = (element: string, item: Json | undefined) => {
    const merged = merge(item, appliedItems.get(element), items, shapes);
    if (merged !== undefined) out.push(merged);
  };
  let nextShared = 0;
  let l = 0;
  let r = 0;
  const takeApplied = () => {
    const element = right[r++] as string;
    taken.add(element);
    take(element, liveItems.get(element));
    if (shared[nextShared] === element) nextShared++;
  };
  while (l < left.length || r < right.length) {
    const element = left[l];
    if (element !== undefined && r < right.length) {
      if (element === right[r]) {
        l++;
        takeApplied();
        continue;
      }
      const wanted = shared[nextShared];
      if (appliedItems.has(element) && wanted !== undefined && wanted !== element) {
        // It is taken over later, at its place in the applied order.
        l++;
        continue;
      }
    }
    if (element !== undefined) {
      if (!appliedItems.has(element)) {
        out.push(live[l] as Json);
        l++;
        continue;
      }
      if (taken.has(element)) l++;
    }
    if (r < right.length) takeApplied();
  }
  return out.length > 0 ? out : undefined;
}

/** Items by their identity; one that several share is not merged with, so it has no entry value. */
function index(elements: readonly string[], items: readonly Json[]): Map<string, Json | undefined> {
  const out = new Map<string, Json | undefined>();
  elements.forEach((element, i) => {
    out.set(element, out.has(element) ? undefined : items[i]);
  });
  return out;
}
