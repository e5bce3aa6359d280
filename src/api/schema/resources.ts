/** All resources of the Kubernetes API, so that those without a kind of their own can be served generically. */
import { json } from "../generated/resources.ts";
import type { Verb } from "../kind.ts";

interface BuiltinSubresource {
  /** `status`, `scale`, `log`, … */
  readonly name: string;
  /** Full name of the type that it reads and writes; absent for streams and raw bodies. */
  readonly schemaType?: string;
  readonly verbs: readonly Verb[];
}

export interface BuiltinResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  /** Absent when there is nothing to list (reviews, bindings). */
  readonly listKind?: string;
  readonly namespaced: boolean;
  readonly schemaType: string;
  readonly verbs: readonly Verb[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly BuiltinSubresource[];
}

/** By plural; a plural means the same in every group that has it, but for `events`. */
const shortNames: Readonly<Record<string, readonly string[]>> = {
  certificatesigningrequests: ["csr"],
  componentstatuses: ["cs"],
  configmaps: ["cm"],
  cronjobs: ["cj"],
  customresourcedefinitions: ["crd", "crds"],
  daemonsets: ["ds"],
  deployments: ["deploy"],
  endpoints: ["ep"],
  events: ["ev"],
  horizontalpodautoscalers: ["hpa"],
  ingresses: ["ing"],
  ipaddresses: ["ip"],
  limitranges: ["limits"],
  namespaces: ["ns"],
  networkpolicies: ["netpol"],
  nodes: ["no"],
  persistentvolumeclaims: ["pvc"],
  persistentvolumes: ["pv"],
  poddisruptionbudgets: ["pdb"],
  pods: ["po"],
  priorityclasses: ["pc"],
  replicasets: ["rs"],
  replicationcontrollers: ["rc"],
  resourcequotas: ["quota"],
  serviceaccounts: ["sa"],
  services: ["svc"],
  statefulsets: ["sts"],
  storageclasses: ["sc"],
  volumeattributesclasses: ["vac"],
};

const all = [
  ...["cronjobs", "daemonsets", "deployments", "horizontalpodautoscalers", "jobs", "pods", "replicasets"],
  ...["replicationcontrollers", "services", "statefulsets"],
];
const extensions = [
  ...["apiservices", "customresourcedefinitions", "mutatingwebhookconfigurations"],
  "validatingadmissionpolicies",
  ...["validatingadmissionpolicybindings", "validatingwebhookconfigurations"],
  ...["mutatingadmissionpolicies", "mutatingadmissionpolicybindings"],
];

const categoriesOf = (plural: string): string[] => [
  ...(all.includes(plural) ? ["all"] : []),
  ...(extensions.includes(plural) ? ["api-extensions"] : []),
];

let resources: readonly BuiltinResource[] | undefined;

type Generated = Omit<BuiltinResource, "singular" | "shortNames" | "categories">;

/** Every built-in resource in every served version. Parsed on the first call. */
export const builtinResources = (): readonly BuiltinResource[] => {
  resources ??= (JSON.parse(json) as Generated[]).map((resource) => ({
    ...resource,
    // Endpoints is its own singular; everything else is the kind in lower case.
    singular: resource.kind.toLowerCase(),
    shortNames: shortNames[resource.plural] ?? [],
    categories: categoriesOf(resource.plural),
  }));
  return resources;
};
