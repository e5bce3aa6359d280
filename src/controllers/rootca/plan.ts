/** The ConfigMap in every namespace from which pods learn whom to trust. Pure. */
import type { ConfigMap, Namespace } from "../../api/generated/types.ts";

export const rootCaName = "kube-root-ca.crt";
const dataKey = "ca.crt";
const descriptionAnnotation = "kubernetes.io/description";
const description =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the " +
  "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes " +
  "clusters.";

export type RootCaAction =
  | { readonly action: "none" }
  | { readonly action: "create" | "update"; readonly configMap: ConfigMap };

/** @param certificates the CA bundle, in PEM */
export function plan(namespace: Namespace, existing: ConfigMap | undefined, certificates: string): RootCaAction {
  const { metadata, status } = namespace;
  if (metadata?.deletionTimestamp || status?.phase === "Terminating") return { action: "none" };
  const data = { [dataKey]: certificates };
  if (!existing) {
    const annotations = { [descriptionAnnotation]: description };
    const configMap: ConfigMap = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace: metadata?.name ?? "", name: rootCaName, annotations },
      data,
    };
    return { action: "create", configMap };
  }
  const before = existing.data ?? {};
  const same = Object.keys(before).length === 1 && before[dataKey] === certificates;
  if (same && existing.metadata?.annotations?.[descriptionAnnotation]) return { action: "none" };
  const annotations = { ...existing.metadata?.annotations, [descriptionAnnotation]: description };
  return { action: "update", configMap: { ...existing, metadata: { ...existing.metadata, annotations }, data } };
}
