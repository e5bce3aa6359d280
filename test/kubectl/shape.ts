/** Command lines of kubectl without the names in them: two of the same shape call the same thing. */

import { parseFlags } from "../../src/cli/kubectl/core/flags.ts";
import { globalFlags } from "../../src/cli/kubectl/core/global-flags.ts";
import { findCommand, withoutWords, wordsOf } from "../../src/cli/kubectl/lookup.ts";

/** Flags whose values say what is done, not to what. */
const telling = new Set(["output", "dry-run", "type", "for", "cascade", "restart", "subresource", "cluster-ip"]);

/** Singular names of types by all that is written for them. */
const types = new Map(
  Object.entries({
    pod: "pods po",
    service: "services svc",
    replicationcontroller: "replicationcontrollers rc",
    replicaset: "replicasets rs",
    deployment: "deployments deploy deployments.apps deployments.v1.apps",
    daemonset: "daemonsets ds",
    statefulset: "statefulsets sts",
    job: "jobs job.v1.batch jobs.batch",
    node: "nodes no",
    namespace: "namespaces ns",
    secret: "secrets",
    configmap: "configmaps cm",
    clusterrolebinding: "clusterrolebindings",
    rolebinding: "rolebindings",
  }).flatMap(([type, others]) => [type, ...others.split(" ")].map((word) => [word, type] as const)),
);

function shapeOf(argument: string): string {
  const typed = argument.split(",").map((word) => types.get(word));
  if (typed.every((type) => type !== undefined)) return typed.join(",");
  const [type = "", name] = argument.split("/");
  if (name !== undefined && types.has(type)) return `${types.get(type)}/NAME`;
  if (argument.endsWith("-") && argument.length > 1) return "KEY-";
  return argument.includes("=") ? "KEY=VALUE" : "NAME";
}

/**
 * @param words behind `kubectl`
 * @returns the command, its flags in the order of their names and its arguments; undefined when it is no command of ours
 */
export async function shape(words: readonly string[]): Promise<string | undefined> {
  const found = findCommand(wordsOf(words));
  if (!found) return undefined;
  const command = await found.load();
  const flags = parseFlags([...command.flags, ...globalFlags], withoutWords(words, found.words));
  const given = flags.given.map(([name, value]) => {
    const format = value.replace(/=.*/s, "");
    return `--${name}${telling.has(name) ? `=${format}` : ""}`;
  });
  const args = flags.args.map((argument, i) =>
    flags.argsBeforeDash >= 0 && i >= flags.argsBeforeDash ? "WORD" : shapeOf(argument),
  );
  return [command.path, ...[...new Set(given)].sort(), ...args].join(" ");
}
