/** The Deployments of a manifest. Pure. */
import type { Deployment } from "../../api/generated/types.ts";
import { servedKind } from "./decode.ts";
import type { Item, ManifestObject } from "./read.ts";

export type DeploymentItem = Item<Deployment & ManifestObject>;

/** @param items with defaults, as `typed` gives them */
export const deploymentsOf = (items: readonly Item[]): DeploymentItem[] =>
  items.filter((item): item is DeploymentItem => servedKind(item.object)?.kind === "Deployment");
