/** What admission adds to new pods: their service account, priority and default tolerations. */
import type { Pod, PodSpec, PriorityClass, ServiceAccount, Toleration } from "../../api/generated/types.ts";
import type { Clock, Random } from "../../base/clock.ts";
import type { AdmissionPlugin, Attributes } from "../core.ts";
import { clone } from "../values.ts";
import { forbid, type ListObjects, type ReadObject } from "./forbid.ts";
import { mountToken } from "./token-volume.ts";

const podSpecOf = (attributes: Attributes): PodSpec | undefined =>
  attributes.kind.group === "" && attributes.kind.plural === "pods" && !attributes.subresource
    ? (attributes.object as Pod | undefined)?.spec
    : undefined;

const newPodSpecOf = (attributes: Attributes): PodSpec | undefined =>
  attributes.operation === "CREATE" ? podSpecOf(attributes) : undefined;

/** A namespace's default account is made by a controller, moments after the namespace. */
const defaultAccountAttempts = 10;
const defaultAccountPause = 100;

/** @param mountTokens where the names of volumes come from; absent: containers get no tokens */
export const serviceAccount = (read: ReadObject, clock: Clock, mountTokens: Random | undefined): AdmissionPlugin => ({
  name: "ServiceAccount",
  admit(attributes) {
    const spec = newPodSpecOf(attributes);
    if (!spec) return;
    const { namespace, ctx } = attributes;
    const byDefault = !spec.serviceAccountName;
    const name = spec.serviceAccountName || "default";
    const use = (found: object | undefined) => {
      const account = found as ServiceAccount | undefined;
      if (!account) {
        const where = `${namespace}/${name}`;
        throw forbid(
          attributes,
          `error looking up service account ${where}: serviceaccount ${JSON.stringify(name)} not found`,
        );
      }
      spec.serviceAccountName = name;
      spec.serviceAccount = name;
      if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
        spec.imagePullSecrets = clone(account.imagePullSecrets);
      }
      if (mountTokens) mountToken(spec, account, mountTokens);
    };
    const find = async () => {
      for (let attempt = 1; ; attempt++) {
        const found = await read("serviceaccounts", namespace, name);
        if (found || !byDefault || attempt === defaultAccountAttempts) return found;
        await clock.sleep(defaultAccountPause, ctx.signal);
      }
    };
    const atHand = read("serviceaccounts", namespace, name);
    if (!atHand || atHand instanceof Promise) return find().then(use);
    use(atHand);
  },
});

const builtInPriorities: Readonly<Record<string, number>> = {
  "system-cluster-critical": 2_000_000_000,
  "system-node-critical": 2_000_001_000,
};

export const priority = (read: ReadObject, list: ListObjects): AdmissionPlugin => {
  const prioritize = async (attributes: Attributes, spec: PodSpec): Promise<void> => {
    const chosen = spec.priorityClassName ? await namedIn(read, spec.priorityClassName) : await defaultIn(list);
    if (!chosen) throw forbid(attributes, `no PriorityClass with name ${spec.priorityClassName} was found`);
    if (spec.priority !== undefined && spec.priority !== chosen.value) {
      throw forbid(
        attributes,
        `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${chosen.value} from the given PriorityClass name`,
      );
    }
    if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== chosen.preemption) {
      throw forbid(
        attributes,
        `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${chosen.preemption} from the given PriorityClass name`,
      );
    }
    if (chosen.name) spec.priorityClassName = chosen.name;
    spec.priority = chosen.value;
    spec.preemptionPolicy = chosen.preemption;
  };
  return {
    name: "Priority",
    admit(attributes) {
      const spec = newPodSpecOf(attributes);
      return spec && prioritize(attributes, spec);
    },
  };
};

const priorityClasses = "priorityclasses.scheduling.k8s.io";

async function namedIn(read: ReadObject, name: string) {
  const value = builtInPriorities[name];
  if (value !== undefined) return { name, value, preemption: "PreemptLowerPriority" };
  const found = (await read(priorityClasses, "", name)) as PriorityClass | undefined;
  return found && { name, value: found.value, preemption: found.preemptionPolicy ?? "PreemptLowerPriority" };
}

async function defaultIn(list: ListObjects) {
  const classes = (await list(priorityClasses)) as readonly PriorityClass[];
  // Of several defaults the lowest counts.
  const [lowest] = classes.filter((c) => c.globalDefault).sort((a, b) => a.value - b.value);
  return {
    name: lowest?.metadata?.name,
    value: lowest?.value ?? 0,
    preemption: lowest?.preemptionPolicy ?? "PreemptLowerPriority",
  };
}

const tolerated = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
const tolerationSeconds = 300;

/** Pods stay five minutes on a node that is not ready, unless they say otherwise. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: "DefaultTolerationSeconds",
  admit(attributes) {
    const spec = podSpecOf(attributes);
    if (!spec) return;
    const given = spec.tolerations ?? [];
    const covers = (key: string) => (t: Toleration) =>
      (!t.key || t.key === key) && (!t.effect || t.effect === "NoExecute");
    const added = tolerated
      .filter((key) => !given.some(covers(key)))
      .map((key): Toleration => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds }));
    if (added.length > 0) spec.tolerations = [...given, ...added];
  },
};
