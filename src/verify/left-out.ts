/** Objects of a manifest that nothing was verified about, and why. Pure. */
import { servedKind } from "./manifest/decode.ts";
import { type Item, locate } from "./manifest/read.ts";
import type { LeftOut } from "./report.ts";

/** Kinds that make pods and do not roll out: they are checked, and read for advice, and not played. */
export const otherWorkloads = new Set(["Pod", "ReplicaSet"]);

export const leftOut = (items: readonly Item[]): LeftOut[] =>
  items.flatMap((item) => {
    const kind = servedKind(item.object);
    if (!kind) return [{ ...locate(item), why: "wherry does not serve this kind" }];
    if (otherWorkloads.has(kind.kind))
      return [{ ...locate(item), why: "verify plays what rolls out: Deployments, StatefulSets and DaemonSets" }];
    return [];
  });
