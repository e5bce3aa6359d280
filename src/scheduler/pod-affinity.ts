/** Affinity and anti-affinity between pods. Pure. */
import type { LabelSelector, Pod, PodAffinityTerm } from "../api/generated/types.ts";
import { matchesLabels, type Selector, selectorOf } from "../api/labels.ts";
import type { ClusterView } from "./cluster-state.ts";
import type { NodeInfo } from "./node-info.ts";

/** A term of some pod, ready to be matched against others. */
interface Term {
  readonly topologyKey: string;
  readonly matches: (other: Pod) => boolean;
}

/** The selector, narrowed by the values that the pod itself has for some keys. */
export function narrowedSelector(
  pod: Pod,
  labelSelector: LabelSelector | undefined,
  same: readonly string[] = [],
  other: readonly string[] = [],
): Selector | undefined {
  const selector = selectorOf(labelSelector);
  if (!selector) return undefined;
  const narrowing = (keys: readonly string[], operator: "in" | "notin"): Selector =>
    keys.flatMap((key) => {
      const value = pod.metadata?.labels?.[key];
      return value === undefined ? [] : [{ key, operator, values: [value] }];
    });
  return [...selector, ...narrowing(same, "in"), ...narrowing(other, "notin")];
}

function termOf(pod: Pod, term: PodAffinityTerm, view: ClusterView): Term {
  const selector = narrowedSelector(pod, term.labelSelector, term.matchLabelKeys, term.mismatchLabelKeys);
  const namespaceSelector = selectorOf(term.namespaceSelector);
  const own = !term.namespaces?.length && !namespaceSelector;
  const namespaces = new Set(own ? [pod.metadata?.namespace] : term.namespaces);
  return {
    topologyKey: term.topologyKey,
    matches(other) {
      const namespace = other.metadata?.namespace ?? "";
      const inScope =
        namespaces.has(namespace) ||
        (namespaceSelector !== undefined && matchesLabels(namespaceSelector, view.namespaceLabels(namespace)));
      return inScope && selector !== undefined && matchesLabels(selector, other.metadata?.labels);
    },
  };
}

const terms = (pod: Pod, all: readonly PodAffinityTerm[] | undefined, view: ClusterView): readonly Term[] =>
  (all ?? []).map((term) => termOf(pod, term, view));

/** A topology key and a value: one domain. */
const domain = (key: string, value: string): string => JSON.stringify([key, value]);

export type AffinityVerdict = "fits" | "affinity" | "anti-affinity" | "existing anti-affinity";

/** Looks at all pods once; the answer is asked for each node. Absent when it would be "fits" for all. */
export function podAffinityFilter(pod: Pod, view: ClusterView): ((info: NodeInfo) => AffinityVerdict) | undefined {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  const wanted = terms(pod, podAffinity?.requiredDuringSchedulingIgnoredDuringExecution, view);
  const unwanted = terms(pod, podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution, view);
  const company = new Set<string>();
  const occupied = new Set<string>();
  const refused = new Set<string>();

  if (wanted.length + unwanted.length > 0)
    for (const info of view.nodes)
      for (const other of info.pods.values()) {
        if (wanted.length > 0 && wanted.every((term) => term.matches(other))) mark(company, wanted, info);
        mark(
          occupied,
          unwanted.filter((term) => term.matches(other)),
          info,
        );
      }
  for (const { pod: other, info } of view.loners) {
    const its = other.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    mark(
      refused,
      terms(other, its, view).filter((term) => term.matches(pod)),
      info,
    );
  }
  if (wanted.length + unwanted.length + refused.size === 0) return undefined;
  /** The first pod of a group that wants to be together has nobody to join. */
  const isFirst = company.size === 0 && wanted.every((term) => term.matches(pod));

  return (info) => {
    const within = (set: ReadonlySet<string>, term: Term): boolean => {
      const value = info.label(term.topologyKey);
      return value !== undefined && set.has(domain(term.topologyKey, value));
    };
    const joins = (term: Term) => info.label(term.topologyKey) !== undefined && (isFirst || within(company, term));
    if (!wanted.every(joins)) return "affinity";
    if (unwanted.some((term) => within(occupied, term))) return "anti-affinity";
    const labels = Object.entries(info.node.metadata?.labels ?? {});
    if (refused.size > 0 && labels.some(([key, value]) => refused.has(domain(key, value))))
      return "existing anti-affinity";
    return "fits";
  };
}

function mark(set: Set<string>, matching: readonly Term[], info: NodeInfo): void {
  for (const { topologyKey } of matching) {
    const value = info.label(topologyKey);
    if (value !== undefined) set.add(domain(topologyKey, value));
  }
}

/** How welcome each node is by what the pod prefers: higher is better. Absent when it prefers nothing. */
export function podAffinityScore(pod: Pod, view: ClusterView): ((info: NodeInfo) => number) | undefined {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  const preferences = [
    ...(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((p) => ({ ...p, sign: 1 })),
    ...(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((p) => ({ ...p, sign: -1 })),
  ].map(({ podAffinityTerm, weight, sign }) => ({ term: termOf(pod, podAffinityTerm, view), weight: sign * weight }));
  if (preferences.length === 0) return undefined;
  const scores = new Map<string, number>();
  for (const info of view.nodes)
    for (const other of info.pods.values())
      for (const { term, weight } of preferences) {
        const value = info.label(term.topologyKey);
        if (value === undefined || !term.matches(other)) continue;
        const key = domain(term.topologyKey, value);
        scores.set(key, (scores.get(key) ?? 0) + weight);
      }
  const keys = new Set(preferences.map(({ term }) => term.topologyKey));
  return (info) => {
    let sum = 0;
    for (const key of keys) sum += scores.get(domain(key, info.label(key) ?? "")) ?? 0;
    return sum;
  };
}
