import { ageColumn, column, nameColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import type { Node } from "../generated/types.ts";
import type { Kind } from "../kind.ts";
import { validateNode, validateNodeResources, validateNodeUpdate } from "./node-validation.ts";
import { defaultResourceList } from "./pod-spec/defaults.ts";

const rolePrefix = "node-role.kubernetes.io/";

function statusCell({ spec, status }: Node): string {
  const ready = status?.conditions?.findLast((c) => c.type === "Ready");
  const text = ready ? (ready.status === "True" ? "Ready" : "NotReady") : "Unknown";
  return spec?.unschedulable ? `${text},SchedulingDisabled` : text;
}

function rolesCell({ metadata }: Node): string {
  const roles = Object.entries(metadata?.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(rolePrefix)) return [key.slice(rolePrefix.length)];
    return key === "kubernetes.io/role" ? [value] : [];
  });
  return [...new Set(roles.filter(Boolean))].sort().join(",") || "<none>";
}

const address = (type: string) => (node: Node) =>
  node.status?.addresses?.find((a) => a.type === type)?.address ?? "<none>";

function kernelCell({ status }: Node): string {
  const { kernelVersion, architecture } = status?.nodeInfo ?? {};
  return `${kernelVersion || "<unknown>"}${architecture ? ` (${architecture})` : ""}`;
}

const wide = { priority: 1 };

export const nodeKind: Kind<Node> = defineKind<Node>({
  group: "",
  version: "v1",
  kind: "Node",
  plural: "nodes",
  namespaced: false,
  schemaType: "io.k8s.api.core.v1.Node",
  shortNames: ["no"],
  storagePrefix: "minions",

  applyDefaults(node) {
    node.spec ??= {};
    node.status ??= {};
    const { spec, status } = node;
    // Where both are given and differ, the old field counts.
    if (spec.podCIDR && spec.podCIDR !== spec.podCIDRs?.[0]) spec.podCIDRs = [spec.podCIDR];
    else if (spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0];
    defaultResourceList(status.capacity);
    if (!status.allocatable && status.capacity) status.allocatable = { ...status.capacity };
    defaultResourceList(status.allocatable);
  },
  prepareUpdate(next, previous) {
    next.status = previous.status;
  },
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  status: {
    prepareUpdate(next, previous) {
      next.spec = previous.spec;
    },
    validateUpdate: (next, previous) => [...validateNodeResources(next), ...validateNodeUpdate(next, previous)],
  },
  columns: [
    nameColumn,
    column("Status", "The status of the node", statusCell),
    column("Roles", "The roles of the node", rolesCell),
    ageColumn,
    column("Version", "Version of the node's agent.", ({ status }) => status?.nodeInfo?.kubeletVersion ?? ""),
    column("Internal-IP", "Address of the node.", address("InternalIP"), wide),
    column("External-IP", "Address of the node.", address("ExternalIP"), wide),
    column("OS-Image", "Operating system of the node.", ({ status }) => status?.nodeInfo?.osImage || "<unknown>", wide),
    column("Kernel-Version", "Kernel of the node.", kernelCell, wide),
    column(
      "Container-Runtime",
      "Container runtime of the node.",
      ({ status }) => status?.nodeInfo?.containerRuntimeVersion || "<unknown>",
      wide,
    ),
  ],
  selectableFields: ({ spec }) => ({ "spec.unschedulable": String(spec?.unschedulable ?? false) }),
});
