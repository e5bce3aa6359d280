/**
 * What a reader can do to a workload. Each writes once and resolves with what the server made of it; with `dryRun` it
 * only says what it would be. All reject with the server's `StatusError`.
 */
import type { ReplicaSet } from "../../api/generated/types.ts";
import type { KindRef, KubeObject } from "../../api/kind.ts";
import { formatTime, systemClock } from "../../base/clock.ts";
import type { Client, PatchQuery } from "../../client/client.ts";
import { deployments } from "../../client/kinds.ts";
import { client, warningClient } from "../connection/api.ts";
import { rolledBackAnnotations, withoutHash } from "../model/edit.ts";
import type { Revision, Workload } from "../model/rollout.ts";
import { workloadKinds } from "./rollouts.ts";

export interface Written {
  readonly object: KubeObject;
  /** Texts of `Warning` headers. */
  readonly warnings: readonly string[];
}

export interface WriteOptions {
  readonly dryRun?: boolean;
}

const fieldManager = "wherry-dashboard";
const kindOf = ({ plural }: Workload): KindRef => workloadKinds[plural] as KindRef;
const nameOf = ({ object }: Workload) => ({
  namespace: object.metadata?.namespace ?? "",
  name: object.metadata?.name ?? "",
});

async function write(run: (client: Client) => Promise<KubeObject>): Promise<Written> {
  const warnings: string[] = [];
  const object = await run(warningClient((text) => warnings.push(text)));
  return { object, warnings };
}

const patch = (of: Workload, type: PatchQuery["type"], body: unknown, options: WriteOptions = {}) =>
  write((c) => c.patch(kindOf(of), nameOf(of), body, { type, fieldManager, ...options }));

/** Makes the template of a revision the current one again, as `kubectl rollout undo` does. */
export async function undoTo(of: Workload, { object, template }: Revision, options?: WriteOptions): Promise<Written> {
  if (of.plural !== "deployments") return patch(of, "strategic", (object as { data?: unknown }).data, options);
  // All annotations are written: those that count are the server's, and what is shown may be a moment older.
  const { metadata } = await client.get(deployments, nameOf(of));
  const annotations = rolledBackAnnotations(metadata?.annotations, (object as ReplicaSet).metadata?.annotations);
  const body = [
    { op: "replace", path: "/spec/template", value: withoutHash(template) },
    // There is nothing to replace where there were none.
    { op: "add", path: "/metadata/annotations", value: annotations },
  ];
  return patch(of, "json", body, options);
}

export const setPaused = (of: Workload, paused: boolean, options?: WriteOptions): Promise<Written> =>
  patch(of, "merge", { spec: { paused: paused || null } }, options);

/** New pods of the same version: the template gets the time, as `kubectl rollout restart` does. */
export const restart = (of: Workload, options?: WriteOptions): Promise<Written> => {
  const annotations = { "kubectl.kubernetes.io/restartedAt": formatTime(systemClock.now()) };
  return patch(of, "merge", { spec: { template: { metadata: { annotations } } } }, options);
};

export const scale = (of: Workload, replicas: number, options: WriteOptions = {}): Promise<Written> =>
  write((c) =>
    c.patch(
      kindOf(of),
      nameOf(of),
      { spec: { replicas } },
      {
        type: "merge",
        subresource: "scale",
        fieldManager,
        ...options,
      },
    ),
  );

/** @param images by container */
export const setImages = (
  of: Workload,
  images: ReadonlyMap<string, string>,
  options?: WriteOptions,
): Promise<Written> => {
  const containers = [...images].map(([name, image]) => ({ name, image }));
  return patch(of, "strategic", { spec: { template: { spec: { containers } } } }, options);
};

/** Replaces it whole. A `resourceVersion` that is not the newest is refused: 409. */
export const replace = (of: Workload, object: KubeObject, options: WriteOptions = {}): Promise<Written> =>
  write((c) => c.update(kindOf(of), object, { fieldManager, fieldValidation: "Strict", ...options }));

/** As it is now, which may be newer than what is shown. */
export const read = (of: Workload): Promise<KubeObject> => client.get(kindOf(of), nameOf(of));

/** Its ReplicaSets and pods go too, afterwards. */
export const remove = (of: Workload): Promise<void> => {
  const { uid } = of.object.metadata ?? {};
  return client.delete(kindOf(of), nameOf(of), {
    propagationPolicy: "Background",
    ...(uid ? { preconditions: { uid } } : {}),
  });
};
