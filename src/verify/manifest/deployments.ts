/** The Deployments of a manifest, with their defaults. Pure. */
import type { Deployment } from "../../api/generated/types.ts";
import { decodeTyped } from "../../api/schema/decode.ts";
import { servedKind } from "./decode.ts";
import type { Item, ManifestObject } from "./read.ts";
import { placed } from "./validate.ts";

/** As the API server would store it, and where it was written. */
export type DeploymentItem = Item<Deployment & ManifestObject>;

export const deploymentsOf = (items: readonly Item[]): DeploymentItem[] =>
  items.flatMap((item) => {
    const kind = servedKind(item.object);
    if (kind?.kind !== "Deployment") return [];
    const { object } = decodeTyped(kind.schemaType, placed(kind, item.object));
    kind.applyDefaults(object);
    return [{ ...item, object: object as DeploymentItem["object"] }];
  });
