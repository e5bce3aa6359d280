import type { Pod, ReplicaSet } from "../../api/generated/types.ts";
import { replicaSets } from "../../client/kinds.ts";
import { controllerReference } from "../ownership.ts";

/** The longest name that the API takes; a prefix must leave it to the server to cut. */
const longestName = 253;

/** The pod that a ReplicaSet creates. */
export function podOf(replicaSet: ReplicaSet): Pod {
  const { name = "", namespace } = replicaSet.metadata ?? {};
  const template = replicaSet.spec?.template;
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: name.length < longestName ? `${name}-` : name,
      namespace,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerReference(replicaSets, replicaSet)],
    },
    ...(template?.spec ? { spec: template.spec } : {}),
  };
}
