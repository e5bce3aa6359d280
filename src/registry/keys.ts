/** Where objects are kept: upstream's etcd layout. */
import type { Kind, KubeObject } from "../api/kind.ts";
import type { ObjectKey } from "./registry.ts";

/** Everything of a kind, or of a kind in a namespace. Ends in a slash. */
export const prefixOf = <T extends KubeObject>(kind: Kind<T>, namespace = ""): string =>
  kind.namespaced && namespace ? `/registry/${kind.storagePrefix}/${namespace}/` : `/registry/${kind.storagePrefix}/`;

export const storageKey = <T extends KubeObject>(kind: Kind<T>, key: ObjectKey): string =>
  prefixOf(kind, key.namespace) + key.name;

export const groupResourceOf = <T extends KubeObject>(kind: Kind<T>) => ({ group: kind.group, resource: kind.plural });
