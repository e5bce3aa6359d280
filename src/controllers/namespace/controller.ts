/** The shell of the namespace controller: empties namespaces under deletion and lets them go. */
import type { Namespace, Pod } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/kind.ts";
import { isConflict, isNotFound } from "../../base/errors.ts";
import { createControllerLoop } from "../../client/controller-loop.ts";
import { namespaces as namespaceKind, pods as podKind } from "../../client/kinds.ts";
import type { Controller, ControllerContext, ControllerFactory, ReconcileResult } from "../controller.ts";
import type { ServedKind } from "../garbagecollector/controller.ts";
import { type Content, finalized, isToBeEmptied, type Remaining, statusFor, waitFor } from "./plan.ts";

/** @param kinds all served kinds */
export const namespaceController =
  (kinds: readonly ServedKind[]): ControllerFactory =>
  (context) =>
    create(
      context,
      kinds.filter((kind) => kind.namespaced && kind.verbs.includes("list") && kind.verbs.includes("delete")),
    );

const isPod = (kind: ServedKind) => kind.group === "" && kind.plural === "pods";
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function create({ client, clock, logger, informers }: ControllerContext, kinds: readonly ServedKind[]): Controller {
  const namespaces = informers.informer(namespaceKind);
  const pods = informers.informer(podKind);

  const list = async (kind: ServedKind, namespace: string): Promise<readonly KubeObject[]> =>
    (await client.list(kind, { namespace })).items;

  /** Asks for the deletion of all objects of the kind; resolves with what is left after that. */
  const empty = async (kind: ServedKind, namespace: string): Promise<Remaining> => {
    const { group, plural } = kind;
    const there = await list(kind, namespace);
    if (there.length === 0) return { group, plural, objects: [] };
    if (kind.verbs.includes("deletecollection"))
      await client.deleteCollection(kind, { namespace }, { propagationPolicy: "Background" });
    else
      for (const { metadata } of there) {
        try {
          await client.delete(kind, { namespace, name: metadata?.name ?? "" }, { propagationPolicy: "Background" });
        } catch (error) {
          if (!isNotFound(error)) throw error;
        }
      }
    return { group, plural, objects: await list(kind, namespace) };
  };

  const emptyAll = async (all: readonly ServedKind[], namespace: string): Promise<Content> => {
    const results = await Promise.allSettled(all.map((kind) => empty(kind, namespace)));
    return {
      remaining: results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : [])),
      errors: results.flatMap((result) => (result.status === "rejected" ? [textOf(result.reason)] : [])),
    };
  };

  /** Pods first, and nothing else before they are gone: what they use must outlive them. */
  const deleteContent = async (namespace: string): Promise<Content> => {
    const first = await emptyAll(kinds.filter(isPod), namespace);
    // As upstream, the conditions do not count the pods.
    if (waitFor(first) > 0 || first.errors.length > 0) return { ...first, uncounted: true };
    return emptyAll(
      kinds.filter((kind) => !isPod(kind)),
      namespace,
    );
  };

  const writeStatus = async (namespace: Namespace, content: Content): Promise<Namespace> => {
    const status = statusFor(namespace, content, clock.now());
    return status ? client.update(namespaceKind, { ...namespace, status }, { subresource: "status" }) : namespace;
  };

  const reconcile = async (name: string): Promise<ReconcileResult | undefined> => {
    const cached = namespaces.get(name);
    if (!cached || !isToBeEmptied(cached)) return undefined;
    try {
      // The cache may show it before somebody else finalized it.
      const namespace = await client.get(namespaceKind, { name });
      if (namespace.metadata?.uid !== cached.metadata?.uid || !isToBeEmptied(namespace)) return undefined;
      const content = await deleteContent(name);
      const wait = waitFor(content);
      const current = await writeStatus(namespace, content);
      if (content.errors.length > 0) throw new Error(content.errors.join(", "));
      if (wait > 0) return { requeueAfter: wait };
      await client.update(namespaceKind, finalized(current), { subresource: "finalize" });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      if (isConflict(error)) return { requeueAfter: 0 };
      throw error;
    }
    return undefined;
  };

  return createControllerLoop({
    name: "namespace",
    clock,
    logger,
    caches: [namespaces, pods],
    workers: 10,
    maxRetries: Number.POSITIVE_INFINITY,
    connect: (queue) => {
      const look = (namespace: Namespace) => {
        if (isToBeEmptied(namespace)) queue.add(namespace.metadata?.name ?? "");
      };
      return [
        namespaces.addHandlers({ onAdd: look, onUpdate: look }),
        pods.addHandlers({
          onDelete(pod: Pod) {
            const namespace = namespaces.get(pod.metadata?.namespace ?? "");
            if (namespace) look(namespace);
          },
        }),
      ];
    },
    reconcile,
  });
}
