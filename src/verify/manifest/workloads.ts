/** What rolls out in a manifest. Pure. */

import type { Workload } from "../kinds/kind.ts";
import { rolloutKind } from "../kinds/kinds.ts";
import { servedKind } from "./decode.ts";
import type { Item, ManifestObject } from "./read.ts";

/** A Deployment, StatefulSet or DaemonSet. */
export type WorkloadItem<T extends Workload = Workload> = Item<T & ManifestObject>;

/** @param items with defaults, as `typed` gives them */
export const workloadsOf = (items: readonly Item[]): WorkloadItem[] =>
  items.filter((item): item is WorkloadItem => rolloutKind(servedKind(item.object)?.kind) !== undefined);
