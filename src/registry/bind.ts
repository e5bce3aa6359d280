/** `pods/binding`: the one way a pod gets its node. */
import type { Binding, Pod, PodCondition } from "../api/generated/types.ts";
import type { Kind } from "../api/kind.ts";
import { formatTime } from "../base/clock.ts";
import { badRequest, conflict, invalid, notFound, type StatusCause } from "../base/errors.ts";
import { changeObject, uidMismatch } from "./change.ts";
import type { Core } from "./core.ts";
import type { ObjectKey, RequestContext, WriteOptions } from "./registry.ts";
import { isObject } from "./values.ts";

const resource = { group: "", resource: "pods/binding" };

/** The binding is the only writer of `spec.nodeName`; the pod's own rules would refuse or undo the change. */
export const boundPods = (pods: Kind<Pod>): Kind<Pod> => ({
  ...pods,
  prepareUpdate: () => undefined,
  validate: () => [],
  validateUpdate: () => [],
  warnings: () => [],
});

/** @param pods as {@link boundPods} has them */
export async function bindPod(
  core: Core,
  pods: Kind<Pod>,
  key: ObjectKey,
  body: unknown,
  options: WriteOptions,
  ctx: RequestContext,
): Promise<void> {
  if (!isObject(body)) throw badRequest("the body is not a Binding");
  const binding = body as unknown as Binding;
  const { name, namespace } = binding.metadata ?? {};
  if (namespace && namespace !== key.namespace)
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  if (name !== key.name) throw badRequest("name in URL does not match name in Binding object");
  const causes = problemsOf(binding);
  if (causes.length > 0) throw invalid("", "Binding", name, causes);
  await changeObject<Pod>(core, pods, key, options, ctx, (previous) => {
    if (!previous) throw notFound({ group: "", resource: "pods" }, key.name);
    const fail = (why: string) => conflict(resource, key.name, why);
    const uid = binding.metadata?.uid;
    if (uid && uid !== previous.metadata?.uid) {
      throw uidMismatch(pods, key, uid, previous.metadata?.uid);
    }
    if (previous.metadata?.deletionTimestamp) {
      throw fail(`pod ${key.name} is being deleted, cannot be assigned to a host`);
    }
    if (previous.spec?.nodeName) {
      throw fail(`pod ${key.name} is already assigned to node ${JSON.stringify(previous.spec.nodeName)}`);
    }
    if (previous.spec?.schedulingGates?.length) throw fail(`pod ${key.name} has non-empty .spec.schedulingGates`);
    const { metadata, spec, status } = previous;
    const annotations = binding.metadata?.annotations;
    // What stays the same is shared with the stored pod.
    const next: Pod = {
      ...previous,
      metadata: {
        ...metadata,
        resourceVersion: "",
        ...(annotations ? { annotations: { ...metadata?.annotations, ...annotations } } : {}),
      },
      spec: { ...(spec ?? { containers: [] }), nodeName: binding.target.name ?? "" },
      status: { ...status, conditions: scheduled(status?.conditions ?? [], formatTime(core.clock.now())) },
    };
    return {
      next,
      // As upstream, nobody comes to own what a binding sets.
      record: () => undefined,
    };
  });
}

function problemsOf({ target }: Binding): StatusCause[] {
  const causes: StatusCause[] = [];
  if (target?.kind && target.kind !== "Node") {
    const message = `Unsupported value: ${JSON.stringify(target.kind)}: supported values: "Node", "<empty>"`;
    causes.push({ reason: "FieldValueNotSupported", field: "target.kind", message });
  }
  if (!target?.name) causes.push({ reason: "FieldValueRequired", field: "target.name", message: "Required value" });
  return causes;
}

function scheduled(conditions: readonly PodCondition[], now: string): PodCondition[] {
  const old = conditions.find((c) => c.type === "PodScheduled");
  const condition: PodCondition = {
    ...(old?.observedGeneration !== undefined ? { observedGeneration: old.observedGeneration } : {}),
    type: "PodScheduled",
    status: "True",
    ...({ lastProbeTime: null } as object),
    lastTransitionTime: old?.status === "True" ? (old.lastTransitionTime ?? now) : now,
  };
  return old ? conditions.map((c) => (c === old ? condition : c)) : [...conditions, condition];
}
