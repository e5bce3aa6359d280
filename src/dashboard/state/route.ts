/** Where in the page the reader is: in the fragment of the address, so that it can be kept and sent. */
import { computed, effect, signal } from "@preact/signals";
import { lessonNamespace } from "../model/lesson.ts";
import { scope } from "./cluster.ts";

/** Plural names, as in the API's paths. */
export const workloadPlurals = ["deployments", "statefulsets", "daemonsets"] as const;
export type WorkloadPlural = (typeof workloadPlurals)[number];

export const workloadTabs = ["rollout", "history", "replay", "logs", "yaml"] as const;
export type WorkloadTab = (typeof workloadTabs)[number];

export const podTabs = ["state", "logs", "yaml"] as const;
export type PodTab = (typeof podTabs)[number];

/**
 * `#/` · `#/n/NAMESPACE` (all: `*`) · `#/n/NAMESPACE/deployments/NAME[/TAB]` ·
 * `#/n/NAMESPACE/pods/NAME[/TAB]` · `#/n/NAMESPACE/services/NAME` · `#/lesson`. A new page adds its form here, its
 * address to {@link addressOf}, and its component to `ui/app.tsx`.
 */
export type Route =
  | { readonly page: "overview"; readonly namespace?: string }
  | {
      readonly page: "workload";
      readonly plural: WorkloadPlural;
      readonly namespace: string;
      readonly name: string;
      readonly tab: WorkloadTab;
    }
  | { readonly page: "pod"; readonly namespace: string; readonly name: string; readonly tab: PodTab }
  | { readonly page: "service"; readonly namespace: string; readonly name: string }
  | { readonly page: "lesson"; readonly namespace: typeof lessonNamespace }
  | { readonly page: "unknown" };

const isOneOf = <T extends string>(all: readonly T[], text: string | undefined): text is T =>
  (all as readonly (string | undefined)[]).includes(text);

/** @param fragment with or without `#` */
function parseRoute(fragment: string): Route {
  const parts = fragment
    .replace(/^#?\/?/, "")
    .split("/")
    .filter(Boolean);
  let decoded: string[];
  try {
    decoded = parts.map(decodeURIComponent);
  } catch {
    return { page: "unknown" };
  }
  const [n, namespace, plural, name, tab, ...more] = decoded;
  if (n === undefined) return { page: "overview" };
  if (n === "lesson" && namespace === undefined) return { page: "lesson", namespace: lessonNamespace };
  if (n !== "n" || namespace === undefined || more.length > 0) return { page: "unknown" };
  if (plural === undefined) return { page: "overview", namespace: namespace === "*" ? "" : namespace };
  if (name === undefined) return { page: "unknown" };
  if (isOneOf(workloadPlurals, plural)) {
    const at = tab ?? "rollout";
    if (isOneOf(workloadTabs, at)) return { page: "workload", plural, namespace, name, tab: at };
  } else if (plural === "pods") {
    const at = tab ?? "state";
    if (isOneOf(podTabs, at)) return { page: "pod", namespace, name, tab: at };
  } else if (plural === "services" && tab === undefined) return { page: "service", namespace, name };
  return { page: "unknown" };
}

/** The fragment of a route, for `href`. */
export function addressOf(route: Route): string {
  const path = (...parts: string[]) => `#/${parts.map(encodeURIComponent).join("/")}`;
  switch (route.page) {
    case "overview":
      return route.namespace === undefined ? "#/" : path("n", route.namespace || "*");
    case "workload": {
      const { namespace, plural, name, tab } = route;
      return path("n", namespace, plural, name, ...(tab === "rollout" ? [] : [tab]));
    }
    case "pod": {
      const { namespace, name, tab } = route;
      return path("n", namespace, "pods", name, ...(tab === "state" ? [] : [tab]));
    }
    case "service":
      return path("n", route.namespace, "services", route.name);
    case "lesson":
      return path("lesson");
    case "unknown":
      return "#/";
  }
}

const fragment = signal(location.hash);
addEventListener("hashchange", () => {
  fragment.value = location.hash;
});

export const route = computed(() => parseRoute(fragment.value));

export const goTo = (next: Route): void => {
  location.hash = addressOf(next);
};

/** The scope follows the address: what lies outside of it widens nothing but moves it there. */
export function followScope(): void {
  effect(() => {
    const at = route.value;
    if (at.page === "unknown" || at.namespace === undefined) return;
    if (at.page === "overview") scope.value = at.namespace;
    else if (scope.peek() !== "" && scope.peek() !== at.namespace) scope.value = at.namespace;
  });
}
