/** `create service clusterip`, `nodeport`, `loadbalancer` and `externalname`. */
import { checkDnsSubdomain, checkPortName, checkPortNumber } from "../../../../api/names.ts";
import { CommandError } from "../../core/command.ts";
import { type Flag, listFlag, textFlag } from "../../core/flags.ts";
import { createCommand } from "./shared.ts";

const tcpFlag = listFlag("tcp", "Port pairs can be specified as '<port>:<targetPort>'.", "stringSlice");
const dryRunUse = "[--dry-run=server|client|none] [flags]";

export const createServiceClusterIpCommand = serviceCommand(
  "ClusterIP",
  `NAME [--tcp=<port>:<targetPort>] ${dryRunUse}`,
  [textFlag("clusterip", "Assign your own ClusterIP or set to 'None' for a 'headless' service.")],
);
export const createServiceNodePortCommand = serviceCommand("NodePort", `NAME [--tcp=port:targetPort] ${dryRunUse}`, [
  { name: "node-port", type: "int", default: "0", usage: "Port used to expose the service on each node in a cluster." },
]);
export const createServiceLoadBalancerCommand = serviceCommand(
  "LoadBalancer",
  `NAME [--tcp=port:targetPort] ${dryRunUse}`,
  [],
);
export const createServiceExternalNameCommand = serviceCommand(
  "ExternalName",
  `NAME --external-name external.name ${dryRunUse}`,
  [{ ...textFlag("external-name", "External name of service."), required: true }],
);

function serviceCommand(type: string, use: string, flags: readonly Flag[]) {
  return createCommand({
    name: `service ${type.toLowerCase()}`,
    use,
    short: `Create ${/^E/.test(type) ? "an" : "a"} ${type} service.`,
    flags: [...flags, tcpFlag],
    forgetsConfig: true,
    failure: `failed to create ${type} service: `,
    build({ flags }, name) {
      const clusterIP = flags.has("clusterip") ? flags.string("clusterip") : "";
      const externalName = flags.has("external-name") ? flags.string("external-name") : "";
      const nodePort = flags.has("node-port") ? flags.int("node-port") : 0;
      const pairs = flags.list("tcp");
      if (clusterIP !== "None" && pairs.length === 0 && type !== "ExternalName")
        throw new CommandError("at least one tcp port specifier must be provided");
      if (type === "ExternalName" && checkDnsSubdomain(externalName).length > 0)
        throw new CommandError(`invalid service external name ${externalName}`);
      const ports = pairs.map((pair) => ({
        name: pair.replaceAll(":", "-"),
        protocol: "TCP",
        ...parsePorts(pair),
        ...(nodePort ? { nodePort } : {}),
      }));
      return {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, labels: { app: name } },
        spec: {
          ...(ports.length > 0 ? { ports } : {}),
          selector: { app: name },
          ...(clusterIP ? { clusterIP } : {}),
          type,
          ...(externalName ? { externalName } : {}),
        },
      };
    },
  });
}

/** `80` or `80:8080` or `80:http`. @throws CommandError in Go's words */
function parsePorts(text: string): { port: number; targetPort: number | string } {
  const [first = "", target] = text.split(":");
  if (!/^\d+$/.test(first))
    throw new CommandError(`strconv.ParseUint: parsing ${JSON.stringify(first)}: invalid syntax`);
  const port = Number(first);
  if (port > 65_535) throw new CommandError(`strconv.ParseUint: parsing ${JSON.stringify(first)}: value out of range`);
  if (target === undefined) return { port, targetPort: port };
  const targetPort = /^[+-]?\d+$/.test(target) ? Number(target) : target;
  const problems = typeof targetPort === "number" ? checkPortNumber(targetPort) : checkPortName(targetPort);
  if (problems.length > 0) throw new CommandError(problems.join(","));
  return { port, targetPort };
}
