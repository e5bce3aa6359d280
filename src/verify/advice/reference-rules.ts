/** Rules about what pods take from other objects of the manifest. */
import type { ConfigMap, PersistentVolumeClaim, Secret } from "../../api/generated/types.ts";
import { containersOf, type Finding, type Manifest, namespaceOf, podPath, type Rule, strategyOf } from "./rule.ts";

const find = <T>({ items }: Manifest, kind: string, namespace: string, name: string): T | undefined =>
  items.find(
    (item) => item.object.kind === kind && namespaceOf(item) === namespace && item.object.metadata.name === name,
  )?.object as T | undefined;

/** Only of ConfigMaps and Secrets that are in the manifest; others may be anywhere. */
const missingKey: Rule = (item, manifest) => {
  const namespace = namespaceOf(item);
  const look = (kind: "ConfigMap" | "Secret", name: string | undefined, key: string, path: string): Finding[] => {
    const object = find<ConfigMap & Secret>(manifest, kind, namespace, name ?? "");
    if (!object || key in { ...object.data, ...object.binaryData, ...object.stringData }) return [];
    return [
      {
        id: "key-missing",
        severity: "danger",
        path,
        why: `${kind} ${name} has no key ${key}: the container cannot be created, and no rollout finishes.`,
        instead: `one of its keys: ${Object.keys({ ...object.data, ...object.binaryData, ...object.stringData }).join(", ") || "it has none"}`,
      },
    ];
  };
  return containersOf(item).flatMap(([{ env = [] }, path]) =>
    env.flatMap(({ valueFrom }, i) => {
      const at = `${path}.env[${i}].valueFrom`;
      const { configMapKeyRef: map, secretKeyRef: secret } = valueFrom ?? {};
      return [
        ...(map && !map.optional ? look("ConfigMap", map.name, map.key, `${at}.configMapKeyRef.key`) : []),
        ...(secret && !secret.optional ? look("Secret", secret.name, secret.key, `${at}.secretKeyRef.key`) : []),
      ];
    }),
  );
};

/** kubernetes.io/docs/concepts/storage/persistent-volumes, "Access Modes". */
const volumeNotShared: Rule = (item, manifest) => {
  const { replicas, mostPods } = strategyOf(item);
  if (mostPods < 2) return [];
  return (item.object.spec?.template?.spec?.volumes ?? []).flatMap(({ persistentVolumeClaim: claim }, i): Finding[] => {
    const object =
      claim && find<PersistentVolumeClaim>(manifest, "PersistentVolumeClaim", namespaceOf(item), claim.claimName);
    const modes = object?.spec?.accessModes;
    const [mode] = modes ?? [];
    if (modes?.length !== 1 || (mode !== "ReadWriteOnce" && mode !== "ReadWriteOncePod")) return [];
    return [
      {
        id: "volume-not-shared",
        severity: "warning",
        path: `${podPath}.volumes[${i}].persistentVolumeClaim.claimName`,
        why: `Claim ${claim?.claimName} is ${mode}, and ${item.object.kind === "DaemonSet" ? "a pod on every node wants it" : replicas > 1 ? `${replicas} pods want it` : "during an update two pods want it"}: one on another node waits for ever.`,
        instead:
          item.object.kind === "Deployment"
            ? "a StatefulSet with volumeClaimTemplates, a ReadWriteMany claim, or strategy Recreate with one replica"
            : item.object.kind === "StatefulSet"
              ? "volumeClaimTemplates, or a ReadWriteMany claim"
              : "a ReadWriteMany claim",
      },
    ];
  });
};

export const referenceRules: readonly Rule[] = [missingKey, volumeNotShared];
