import type { ServedResource } from "./discovery.ts";

export interface Place {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** The API path of a resource: a collection, an object, or a subresource. */
export function apiPath(r: ServedResource, place: Place, query: Record<string, string | undefined> = {}): string {
  const root = r.group ? `/apis/${r.group}/${r.version}` : `/api/${r.version}`;
  const parts = [root];
  if (r.namespaced && place.namespace) parts.push("namespaces", encodeURIComponent(place.namespace));
  parts.push(r.plural);
  if (place.name) parts.push(encodeURIComponent(place.name));
  if (place.subresource) parts.push(place.subresource);
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined && value !== "") search.set(key, value);
  const text = search.toString();
  return parts.join("/") + (text ? `?${text}` : "");
}

export const apiVersionText = (r: ServedResource): string => (r.group ? `${r.group}/${r.version}` : r.version);
