/** What pods ask for and nodes have: CPU in thousandths of a core, everything else in whole units. Pure. */
import type { Container, Node, Pod } from "../api/generated/types.ts";
import { parseQuantity, quantityMilliValue, quantityValue } from "../api/quantity.ts";

export type Resources = ReadonlyMap<string, number>;

const amount = (name: string, quantity: string): number => {
  const parsed = parseQuantity(quantity);
  return name === "cpu" ? quantityMilliValue(parsed) : quantityValue(parsed);
};

const read = (list: Readonly<Record<string, string>> | undefined): Map<string, number> =>
  new Map(Object.entries(list ?? {}).map(([name, quantity]) => [name, amount(name, quantity)]));

const add = (into: Map<string, number>, more: Resources): void => {
  for (const [name, value] of more) into.set(name, (into.get(name) ?? 0) + value);
};
const raise = (into: Map<string, number>, least: Resources): void => {
  for (const [name, value] of least) into.set(name, Math.max(into.get(name) ?? 0, value));
};

export const allocatableOf = (node: Node): Resources => read(node.status?.allocatable);

/** What counts for a container that asks for nothing, when nodes are scored. */
const assumed: Resources = new Map([
  ["cpu", 100],
  ["memory", 200 * 1024 * 1024],
]);

const requestsOf = (container: Container, defaults: Resources): Resources => {
  const requests = read(container.resources?.requests);
  for (const [name, value] of defaults) if (!requests.has(name)) requests.set(name, value);
  return requests;
};

/** Containers and sidecars together, or the largest init container if that is more; and the overhead of the pod. */
function sumOf(pod: Pod, defaults: Resources): Resources {
  const total = new Map<string, number>();
  for (const container of pod.spec?.containers ?? []) add(total, requestsOf(container, defaults));
  const sidecars = new Map<string, number>();
  const starting = new Map<string, number>();
  for (const container of pod.spec?.initContainers ?? []) {
    const requests = new Map(requestsOf(container, defaults));
    if (container.restartPolicy === "Always") {
      add(total, requests);
      add(sidecars, requests);
      raise(starting, sidecars);
    } else {
      add(requests, sidecars);
      raise(starting, requests);
    }
  }
  raise(total, starting);
  for (const [name, value] of read(pod.spec?.resources?.requests)) total.set(name, value);
  add(total, read(pod.spec?.overhead));
  return total;
}

export interface PodDemand {
  readonly requests: Resources;
  /** With something for containers that ask for nothing. */
  readonly scored: { readonly cpu: number; readonly memory: number };
}

const demands = new WeakMap<object, PodDemand>();
const nothing: Resources = new Map();

/** Computed once per pod spec. */
export function demandOf(pod: Pod): PodDemand {
  const spec = pod.spec ?? {};
  let demand = demands.get(spec);
  if (!demand) {
    const scored = sumOf(pod, assumed);
    demand = {
      requests: sumOf(pod, nothing),
      scored: { cpu: scored.get("cpu") ?? 0, memory: scored.get("memory") ?? 0 },
    };
    demands.set(spec, demand);
  }
  return demand;
}
