/** The volume through which containers find a token of their service account, the cluster's CA and their namespace. */
import type { Container, PodSpec, ServiceAccount, Volume } from "../../api/generated/types.ts";
import type { Random } from "../../base/clock.ts";
import { randomName } from "../../base/random-names.ts";

const prefix = "kube-api-access-";
const mountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
/** As upstream: an hour, and 7 seconds by which such tokens are told from others. */
const expirationSeconds = 3607;

const volume = (name: string): Volume => ({
  name,
  projected: {
    defaultMode: 0o644,
    sources: [
      { serviceAccountToken: { expirationSeconds, path: "token" } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      {
        downwardAPI: {
          items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
        },
      },
    ],
  },
});

/** Mounts the volume into every container that has nothing in its place, unless pod or account decline. Mutates. */
export function mountToken(spec: PodSpec, account: ServiceAccount, random: Random): void {
  if (!(spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true)) return;
  const existing = spec.volumes?.find(({ name }) => name?.startsWith(prefix))?.name;
  const name = existing ?? prefix + randomName(random, 5);
  let needed = false;
  const mountInto = (container: Container): Container => {
    const mounts = container.volumeMounts ?? [];
    if (mounts.some((m) => m.mountPath === mountPath)) return container;
    needed = true;
    return { ...container, volumeMounts: [...mounts, { name, readOnly: true, mountPath }] };
  };
  if (spec.initContainers) spec.initContainers = spec.initContainers.map(mountInto);
  if (spec.containers) spec.containers = spec.containers.map(mountInto);
  if (needed && !existing) spec.volumes = [...(spec.volumes ?? []), volume(name)];
}
