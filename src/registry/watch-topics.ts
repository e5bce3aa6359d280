/**
 * Watches of one value of one field among many, such as every node's watch of its own pods, are topics to the store:
 * a pod that changes is looked at by the watch of its node and not by those of thousands of others.
 */
import { parseFieldSelector } from "../api/fields.ts";
import type { Kind, KubeObject } from "../api/kind.ts";
import type { StoreEvent, WatchTopic } from "../store/store.ts";
import type { SelectOptions } from "./registry.ts";
import { storedOf } from "./stored.ts";

type TopicsOf = WatchTopic["topicsOf"];

const functions = new WeakMap<object, Map<string, TopicsOf>>();

/** Undefined when the selection asks for no value of a field of the kind's own. */
export function topicOf<T extends KubeObject>(kind: Kind<T>, options: SelectOptions): WatchTopic | undefined {
  if (!options.fieldSelector) return undefined;
  const own = kind.selectableFields({ metadata: {} } as T);
  for (const { field, operator, value } of parseFieldSelector(options.fieldSelector))
    if (operator === "=" && Object.hasOwn(own, field)) return { topicsOf: valuesOf(kind, field), topic: value };
  return undefined;
}

/** What the field was before an event and is after it: the selection of either may change. */
function valuesOf<T extends KubeObject>(kind: Kind<T>, field: string): TopicsOf {
  let ofKind = functions.get(kind);
  if (!ofKind) {
    ofKind = new Map();
    functions.set(kind, ofKind);
  }
  const known = ofKind.get(field);
  if (known) return known;
  let event: StoreEvent | undefined;
  let values: readonly string[] = [];
  const topicsOf: TopicsOf = (next) => {
    // The watches of one topic are woken together, and each asks.
    if (next === event) return values;
    const entries = [next.previous, next.type === "put" ? next.entry : undefined];
    const all = entries.flatMap((entry) => {
      const value = entry && kind.selectableFields(storedOf<T>(entry).object)[field];
      return value === undefined ? [] : [value];
    });
    event = next;
    values = [...new Set(all)];
    return values;
  };
  ofKind.set(field, topicsOf);
  return topicsOf;
}
