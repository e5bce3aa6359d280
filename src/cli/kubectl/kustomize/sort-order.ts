/** The order in which resources come out (api `internal/builtins/SortOrderTransformer.go`). */
import { fail } from "./failure.ts";
import type { SortOptions } from "./kustomization.ts";
import { ResMap } from "./res-map.ts";
import { defaultOrder, gvkSortText, gvkText, kindPlaces, type ResId, sameGvk } from "./resid.ts";

export function sortResources(map: ResMap, { order = "", legacySortOptions }: SortOptions): void {
  if (order !== "fifo" && order !== "legacy") fail("the field 'sortOptions.order' must be one of [fifo, legacy]");
  if (order === "fifo") {
    if (legacySortOptions)
      fail("the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'");
    return;
  }
  const { orderFirst = [], orderLast = [] } = legacySortOptions ?? {
    orderFirst: defaultOrder.first,
    orderLast: defaultOrder.last,
  };
  const places = kindPlaces({ first: orderFirst, last: orderLast });
  const keyed = map.list.map((resource) => ({ resource, id: resource.id }));
  keyed.sort((a, b) => (before(a.id, b.id, places) ? -1 : before(b.id, a.id, places) ? 1 : 0));
  map.list = ResMap.of(keyed.map(({ resource }) => resource)).list;
}

function before(a: ResId, b: ResId, places: ReadonlyMap<string, number>): boolean {
  if (sameGvk(a, b)) return idSortText(a) < idSortText(b);
  const [x, y] = [places.get(a.kind) ?? 0, places.get(b.kind) ?? 0];
  if (x !== y) return x < y;
  // Namespaces of the core group come before those of others.
  const namespaces = a.kind === "Namespace" && b.kind === "Namespace" && (a.group === "" || b.group === "");
  return namespaces ? gvkSortText(a) > gvkSortText(b) : gvkSortText(a) < gvkSortText(b);
}

const idSortText = (id: ResId): string => `${gvkText(id)}|${id.namespace || "~X"}|${id.name || "~N"}`;
