/** The Pod and the Service that `run` makes of its flags. */
import { checkEnvVarName } from "../../../../api/names.ts";
import { CommandError, type Invocation } from "../../core/command.ts";
import type { ManifestObject } from "../../core/manifests.ts";
import { parsePairs } from "../../core/pairs.ts";

/** @throws CommandError in kubectl's words */
export function podOf({ flags, args }: Invocation): ManifestObject {
  const [name = "", ...words] = args;
  const env = flags.list("env").map(envVar);
  const { set } = parsePairs(flags.list("annotations"), "annotations", false);
  const labels = flags.string("labels") ? parseLabels(flags.string("labels")) : { run: name };
  const port = flags.string("port");
  const [stdin, tty] = [flags.bool("stdin"), flags.bool("tty")];
  const pullPolicy = flags.string("image-pull-policy");
  const container = {
    name,
    image: flags.string("image"),
    ...(words.length > 0 ? { [flags.bool("command") ? "command" : "args"]: words } : {}),
    ...(port ? { ports: [{ containerPort: portNumber(port) }] } : {}),
    ...(env.length > 0 ? { env } : {}),
    ...(pullPolicy ? { imagePullPolicy: pullPolicy } : {}),
    ...(flags.bool("privileged") ? { securityContext: { privileged: true } } : {}),
    ...(stdin ? { stdin } : {}),
    ...(stdin && !flags.bool("leave-stdin-open") ? { stdinOnce: true } : {}),
    ...(tty ? { tty } : {}),
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels, ...(set.size > 0 ? { annotations: Object.fromEntries(set) } : {}) },
    spec: { containers: [container], restartPolicy: flags.string("restart") || "Always", dnsPolicy: "ClusterFirst" },
  };
}

/** The Service for `--expose`. */
export function serviceOf({ flags, args }: Invocation): ManifestObject {
  const [name = ""] = args;
  const labels = flags.string("labels") ? parseLabels(flags.string("labels")) : undefined;
  const port = portNumber(flags.string("port"));
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, ...(labels ? { labels } : {}) },
    spec: { ports: [{ protocol: "TCP", port, targetPort: port }], selector: labels ?? { run: name } },
  };
}

function envVar(text: string): { name: string; value?: string } {
  const equals = text.indexOf("=");
  const name = text.slice(0, Math.max(0, equals));
  if (equals <= 0 || checkEnvVarName(name).length > 0) throw new CommandError(`invalid env: ${text}`);
  const value = text.slice(equals + 1);
  return { name, ...(value ? { value } : {}) };
}

function portNumber(text: string): number {
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  throw new CommandError(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function parseLabels(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(",").map((pair) => {
      const [key, value, ...more] = pair.split("=");
      if (value === undefined || more.length > 0) throw new CommandError(`unexpected label spec: ${pair}`);
      if (!key) throw new CommandError("unexpected empty label key");
      return [key, value];
    }),
  );
}
