/** Which changes of pods concern which Services: shared by the controllers of EndpointSlices and of Endpoints. */
import type { Pod, Service } from "../../api/generated/types.ts";
import { keyOf } from "../../api/kind.ts";
import { matchesLabels, selectorOfSet } from "../../api/labels.ts";
import type { Cancel } from "../../base/clock.ts";
import type { KeyQueue } from "../../client/controller-loop.ts";
import type { Informer } from "../../client/informer.ts";
import { isReady } from "../pod-state.ts";
import { hasSelector, podAddresses } from "./service-pods.ts";

const selects = (service: Service, labels: Readonly<Record<string, string>> | undefined): boolean =>
  hasSelector(service) && matchesLabels(selectorOfSet(service.spec?.selector), labels);

/** A label of something in a namespace. Keys hold no `=`, and namespaces no `/`. */
const labelled = (namespace = "", key: string, value: string): string => [namespace, "/", key, "=", value].join("");

/** The index over the labels of pods, and that of Services over the first label that they ask for: with hundreds of
 * Services and thousands of pods, neither looks through all of the other. */
const labelIndex = "label";
const selectorIndex = "selector";

const labelsOf = ({ metadata }: Pod): readonly string[] =>
  Object.entries(metadata?.labels ?? {}).map(([key, value]) => labelled(metadata?.namespace, key, value));

const firstLabelOf = (service: Service): readonly string[] => {
  const [first] = hasSelector(service) ? Object.entries(service.spec?.selector ?? {}) : [];
  return first ? [labelled(service.metadata?.namespace, ...first)] : [];
};

export function podsOf(service: Service, pods: Informer<Pod>): readonly Pod[] {
  pods.addIndex(labelIndex, labelsOf);
  return firstLabelOf(service).flatMap((label) =>
    pods.byIndex(labelIndex, label).filter((pod) => selects(service, pod.metadata?.labels)),
  );
}

function servicesOf(pod: Pod, services: Informer<Service>): readonly Service[] {
  services.addIndex(selectorIndex, firstLabelOf);
  return labelsOf(pod).flatMap((label) =>
    services.byIndex(selectorIndex, label).filter((service) => selects(service, pod.metadata?.labels)),
  );
}

/** Everything about a pod that endpoints show. */
const shown = (pod: Pod): string =>
  JSON.stringify([
    podAddresses(pod),
    isReady(pod),
    pod.metadata?.deletionTimestamp !== undefined,
    pod.status?.phase,
    pod.spec?.nodeName,
    pod.spec?.hostname,
    pod.spec?.subdomain,
  ]);

const sameLabels = ({ metadata: a }: Pod, { metadata: b }: Pod) =>
  a?.labels === b?.labels || JSON.stringify(a?.labels) === JSON.stringify(b?.labels);

/** Adds the keys of Services to the queue when they, or pods that they select, change. */
export function wakeServices(queue: KeyQueue, services: Informer<Service>, pods: Informer<Pod>): Cancel[] {
  const selecting = (pod: Pod) => servicesOf(pod, services);
  const add = (service: Service) => queue.add(keyOf(service));
  const wake = (pod: Pod) => selecting(pod).forEach(add);
  return [
    services.addHandlers({ onAdd: add, onUpdate: add, onDelete: add }),
    pods.addHandlers({
      onAdd: wake,
      onUpdate(next, previous) {
        const moved = !sameLabels(next, previous);
        if (moved) wake(previous);
        const concerned = selecting(next);
        if (concerned.length > 0 && (moved || shown(next) !== shown(previous))) concerned.forEach(add);
      },
      onDelete: wake,
    }),
  ];
}
