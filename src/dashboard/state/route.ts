/** Where in the page the reader is: in the fragment of the address, so that it can be kept and sent. */
import { computed, effect, signal } from "@preact/signals";
import { scope } from "./cluster.ts";

/** Plural names, as in the API's paths. */
export const workloadPlurals = ["deployments", "statefulsets", "daemonsets"] as const;
export type WorkloadPlural = (typeof workloadPlurals)[number];

export const workloadTabs = ["rollout", "history", "yaml"] as const;
export type WorkloadTab = (typeof workloadTabs)[number];

/**
 * `#/` · `#/n/NAMESPACE` (all: `*`) · `#/n/NAMESPACE/deployments/NAME[/TAB]`. A new page adds its form here, its
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
  | { readonly page: "unknown" };

const isOneOf = <T extends string>(all: readonly T[], text: string | undefined): text is T =>
  (all as readonly (string | undefined)[]).includes(text);

/** @param fragment with or without `#` */
export function parseRoute(fragment: string): Route {
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
  const [n, namespace, plural, name, tab = "rollout", ...more] = decoded;
  if (n === undefined) return { page: "overview" };
  if (n !== "n" || namespace === undefined || more.length > 0) return { page: "unknown" };
  if (plural === undefined) return { page: "overview", namespace: namespace === "*" ? "" : namespace };
  if (isOneOf(workloadPlurals, plural) && name !== undefined && isOneOf(workloadTabs, tab))
    return { page: "workload", plural, namespace, name, tab };
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
