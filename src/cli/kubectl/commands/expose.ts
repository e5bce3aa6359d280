import type { Deployment, Pod, ReplicaSet, Service } from "../../../api/generated/types.ts";
import { type Command, CommandError, type Invocation } from "../core/command.ts";
import { dryRunOf, dryRunQuery } from "../core/dry-run.ts";
import { type Found, forEachObject, type LiveObject } from "../core/find-objects.ts";
import { withTypedLastApplied } from "../core/last-applied.ts";
import type { ManifestObject } from "../core/manifests.ts";
import { printResult } from "../core/operations.ts";
import { overrideFlags, withOverrides } from "../core/overrides.ts";
import { apiPath } from "../core/paths.ts";
import { recorded } from "../core/record.ts";
import { dryRunFlag, fieldManagerFlag, filenameFlags, recordFlag, saveConfigFlag } from "../core/shared-flags.ts";
import { asGoWrites } from "../core/typed.ts";
import { printFlags } from "../print/print-flags.ts";

export const exposeCommand: Command = {
  path: "expose",
  use: "expose (-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type] [flags]",
  short: "Expose a resource as a new Kubernetes service.",
  flags: [
    {
      name: "cluster-ip",
      type: "string",
      default: "",
      usage:
        "ClusterIP to be assigned to the service. Leave empty to auto-allocate, or set to 'None' to create a headless service.",
    },
    dryRunFlag,
    {
      name: "external-ip",
      type: "string",
      default: "",
      usage: "Additional external IP address (not managed by Kubernetes) to accept for the service.",
    },
    fieldManagerFlag("kubectl-expose"),
    ...filenameFlags,
    {
      name: "labels",
      type: "string",
      default: "",
      short: "l",
      usage: "Labels to apply to the service created by this call.",
    },
    { name: "load-balancer-ip", type: "string", default: "", usage: "IP to assign to the LoadBalancer." },
    { name: "name", type: "string", default: "", usage: "The name for the newly created object." },
    ...printFlags,
    ...overrideFlags,
    {
      name: "port",
      type: "string",
      default: "",
      usage: "The port that the service should serve on. Copied from the resource being exposed, if unspecified",
    },
    {
      name: "protocol",
      type: "string",
      default: "",
      usage: "The network protocol for the service to be created. Default is 'TCP'.",
    },
    recordFlag,
    saveConfigFlag,
    {
      name: "selector",
      type: "string",
      default: "",
      usage: "A label selector to use for this service. Only equality-based selector requirements are supported.",
    },
    {
      name: "session-affinity",
      type: "string",
      default: "",
      usage: "If non-empty, set the session affinity for the service to this; legal values: 'None', 'ClientIP'",
    },
    {
      name: "target-port",
      type: "string",
      default: "",
      usage: "Name or number for the port on the container that the service should direct traffic to.",
    },
    {
      name: "type",
      type: "string",
      default: "",
      usage: "Type for this service: ClusterIP, NodePort, LoadBalancer, or ExternalName. Default is 'ClusterIP'.",
    },
  ],
  async run(invocation) {
    const session = await invocation.session();
    const dryRun = dryRunOf(invocation.flags);
    const services = (await session.discovery()).find("services");
    await forEachObject(invocation, session, { ignoreSelector: true, typed: true }, async (found) => {
      const made = withOverrides(invocation, serviceFor(invocation, found) as ManifestObject);
      const service = recorded(invocation, asGoWrites(made) as unknown as LiveObject);
      const namespace = found.object.metadata.namespace ?? session.namespace;
      if (dryRun === "client") {
        if (session.namespaceGiven) service.metadata = { ...service.metadata, namespace };
        await printResult(invocation, services, service, "exposed", dryRun, { typed: true });
        return;
      }
      const query = { dryRun: dryRunQuery(dryRun), fieldManager: invocation.flags.string("field-manager") };
      const body = withTypedLastApplied(service, invocation.flags.bool("save-config"));
      const created = await session.json<Service>("POST", apiPath(services, { namespace }, query), { body });
      await printResult(invocation, services, created, "exposed", dryRun, { typed: true });
    });
    return undefined;
  },
};

function serviceFor(invocation: Invocation, found: Found): Service {
  const { flags } = invocation;
  const { object } = found;
  const selector = flags.string("selector") ? parsePairs(flags.string("selector"), "selector") : selectorOf(found);
  const ports = portsOf(invocation, found);
  const name = flags.string("name") || object.metadata.name;
  const labels = flags.string("labels") ? parsePairs(flags.string("labels"), "labels") : object.metadata.labels;
  const type = flags.string("type");
  const affinity = flags.string("session-affinity");
  if (affinity && affinity !== "None" && affinity !== "ClientIP")
    throw new CommandError(`unknown session affinity: ${affinity}`);
  const clusterIP = flags.string("cluster-ip");
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, ...(labels && Object.keys(labels).length > 0 ? { labels } : {}) },
    spec: {
      ports,
      selector,
      ...(type ? { type } : {}),
      ...(clusterIP ? { clusterIP } : {}),
      ...(affinity ? { sessionAffinity: affinity } : {}),
      ...(flags.string("external-ip") ? { externalIPs: [flags.string("external-ip")] } : {}),
      ...(flags.string("load-balancer-ip") ? { loadBalancerIP: flags.string("load-balancer-ip") } : {}),
    },
    status: { loadBalancer: {} },
  };
}

function selectorOf({ resource, object }: Found): Record<string, string> {
  switch (resource.kind) {
    case "Pod":
    case "ReplicationController":
    case "Service": {
      const labels = resource.kind === "Pod" ? object.metadata.labels : (object as unknown as Service).spec?.selector;
      if (!labels || Object.keys(labels).length === 0) {
        const what =
          resource.kind === "Pod"
            ? "the pod has no labels and cannot be exposed"
            : resource.kind === "Service"
              ? "the service has no pod selector set"
              : "selector is not set";
        throw new CommandError(`couldn't retrieve selectors via --selector flag or introspection: ${what}`);
      }
      return labels;
    }
    case "Deployment":
    case "ReplicaSet": {
      const { selector } = (object as unknown as Deployment | ReplicaSet).spec ?? {};
      if (selector?.matchExpressions?.length) {
        throw new CommandError(
          "couldn't retrieve selectors via --selector flag or introspection: couldn't convert expressions - \"[]\" to map-based selector format",
        );
      }
      return selector?.matchLabels ?? {};
    }
    default:
      throw new CommandError(`cannot expose a ${resource.kind}${resource.group ? `.${resource.group}` : ""}`);
  }
}

type ServicePorts = NonNullable<NonNullable<Service["spec"]>["ports"]>;

function portsOf(invocation: Invocation, { resource, object }: Found): ServicePorts {
  const { flags } = invocation;
  const containers =
    resource.kind === "Pod"
      ? (object as unknown as Pod).spec?.containers
      : (object as unknown as Deployment).spec?.template?.spec?.containers;
  const declared = (containers ?? []).flatMap((c) => c.ports ?? []);
  const given = flags.string("port");
  const numbers = given ? given.split(",") : declared.map((p) => String(p.containerPort));
  if (numbers.length === 0) {
    throw new CommandError("couldn't find port via --port flag or introspection");
  }
  const target = flags.string("target-port");
  return numbers.map((text, i) => {
    const port = Number(text);
    if (!Number.isInteger(port) || text.trim() === "")
      throw new CommandError(`strconv.Atoi: parsing "${text}": invalid syntax`);
    const protocol = flags.string("protocol") || declared.find((p) => p.containerPort === port)?.protocol || "TCP";
    return {
      ...(numbers.length > 1 ? { name: `port-${i + 1}` } : {}),
      protocol,
      port,
      targetPort: target ? (/^\d+$/.test(target) ? Number(target) : target) : port,
    };
  });
}

/** `a=b,c=d`. */
function parsePairs(text: string, flag: string): Record<string, string> {
  return Object.fromEntries(
    text.split(",").map((pair) => {
      const [key, value, ...rest] = pair.split("=");
      if (!key || value === undefined || rest.length > 0)
        throw new CommandError(`unexpected ${flag} specification: ${pair}`);
      return [key, value];
    }),
  );
}
