/** What a pod asks for and may use, all containers together (upstream's component-helpers/resource). */
import type { Container, Pod, ResourceRequirements } from "../../../api/generated/types.ts";
import { addQuantities, compareQuantities, parseQuantity, type Quantity } from "../../../api/quantity.ts";

export type Resources = ReadonlyMap<string, Quantity>;
type List = "requests" | "limits";

const read = (resources: ResourceRequirements | undefined, list: List): Map<string, Quantity> =>
  new Map(Object.entries(resources?.[list] ?? {}).map(([name, text]) => [name, parseQuantity(text)]));

function add(to: Map<string, Quantity>, from: Resources): void {
  for (const [name, amount] of from) {
    const known = to.get(name);
    to.set(name, known ? addQuantities(known, amount) : amount);
  }
}

function raise(to: Map<string, Quantity>, from: Resources): void {
  for (const [name, amount] of from) {
    const known = to.get(name);
    if (!known || compareQuantities(known, amount) < 0) to.set(name, amount);
  }
}

/** Init containers run before the others, except those that stay (sidecars). The pod's own overhead comes on top. */
function sum({ spec }: Pod, list: List): Map<string, Quantity> {
  const running = new Map<string, Quantity>();
  for (const container of spec?.containers ?? []) add(running, read(container.resources, list));
  const sidecars = new Map<string, Quantity>();
  const starting = new Map<string, Quantity>();
  for (const container of spec?.initContainers ?? []) {
    const own = read((container as Container).resources, list);
    if (container.restartPolicy === "Always") {
      add(running, own);
      add(sidecars, own);
      raise(starting, sidecars);
    } else {
      const together = new Map(sidecars);
      add(together, own);
      raise(starting, together);
    }
  }
  raise(running, starting);
  for (const [name, amount] of read(spec?.resources, list)) running.set(name, amount);
  return running;
}

export function podRequests(pod: Pod): Resources {
  const total = sum(pod, "requests");
  add(total, overhead(pod));
  return total;
}

export function podLimits(pod: Pod): Resources {
  const total = sum(pod, "limits");
  // Where there is no limit, overhead makes none.
  for (const [name, amount] of overhead(pod)) if (total.has(name)) add(total, new Map([[name, amount]]));
  return total;
}

const overhead = ({ spec }: Pod): Resources =>
  new Map(Object.entries(spec?.overhead ?? {}).map(([name, text]) => [name, parseQuantity(text)]));
