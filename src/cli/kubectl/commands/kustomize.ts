import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, CommandError, type Invocation } from "../core/command.ts";
import type { Flag } from "../core/flags.ts";
import type { ResMap } from "../kustomize/res-map.ts";
import { effectiveNamespace, notNamespaced } from "../kustomize/resid.ts";
import { toYaml } from "../print/yaml.ts";

const flag = (name: string, type: Flag["type"], value: string, usage: string, more: Partial<Flag> = {}): Flag => ({
  name,
  type,
  default: value,
  usage,
  ...more,
});

const restrictors = ["LoadRestrictionsRootOnly", "LoadRestrictionsNone"];
const orders = ["legacy", "none"];

export const kustomizeCommand: Command = {
  path: "kustomize",
  use: "kustomize DIR [flags]",
  short: "Build a kustomization target from a directory or URL",
  flags: [
    flag(
      "as-current-user",
      "bool",
      "false",
      "use the uid and gid of the command executor to run the function in the container",
    ),
    flag("enable-alpha-plugins", "bool", "false", "enable kustomize plugins"),
    flag("enable-helm", "bool", "false", "Enable use of the Helm chart inflator generator."),
    flag("enable-managedby-label", "bool", "false", "enable adding app.kubernetes.io/managed-by", {
      deprecated:
        "The flag `enable-managedby-label` has been deprecated. Use the `managedByLabel` option in the `buildMetadata` field instead.",
      hidden: true,
    }),
    flag("env", "stringArray", "", "a list of environment variables to be used by functions", { short: "e" }),
    flag("helm-api-versions", "stringArray", "", "Kubernetes api versions used by Helm for Capabilities.APIVersions"),
    flag("helm-command", "string", "helm", "helm command (path to executable)"),
    flag("helm-debug", "bool", "false", "Enable debug output from the Helm chart inflator generator."),
    flag("helm-kube-version", "string", "", "Kubernetes version used by Helm for Capabilities.KubeVersion"),
    flag(
      "load-restrictor",
      "string",
      "LoadRestrictionsRootOnly",
      "if set to 'LoadRestrictionsNone', local kustomizations may load files from outside their root. This does, however, break the relocatability of the kustomization.",
    ),
    flag("mount", "stringArray", "", "a list of storage options read from the filesystem"),
    flag("network", "bool", "false", "enable network access for functions that declare it"),
    flag("network-name", "string", "bridge", "the docker network to run the container in"),
    flag("output", "string", "", "If specified, write output to this path.", { short: "o" }),
    flag("reorder", "string", "legacy", "Reorder the resources just before output.", {
      deprecated: "use the new 'sortOptions' field in kustomization.yaml instead.",
      hidden: true,
    }),
  ],
  async run(invocation) {
    const { flags, args, io } = invocation;
    if (args.length > 1) throw new CommandError("specify one path to kustomization.yaml");
    const restrictor = oneOf(invocation, "load-restrictor", restrictors);
    const reorder = oneOf(invocation, "reorder", orders);
    const { asYaml } = await import("../kustomize/build.ts");
    const { buildKustomization } = await import("../core/kustomizations.ts");
    const map = await buildKustomization(args[0] ?? ".", io, {
      rootOnly: restrictor !== "LoadRestrictionsNone",
      reorder: reorder === "none" ? "none" : "legacy",
      reorderGiven: flags.changed("reorder"),
      managedByLabel: flags.bool("enable-managedby-label"),
      enableHelm: flags.bool("enable-helm"),
      enablePlugins: flags.bool("enable-alpha-plugins"),
    });
    const output = flags.string("output");
    if (output === "") io.stdout.write(asYaml(map));
    else if (statSync(output, { throwIfNoEntry: false })?.isDirectory()) writeEach(output, map);
    else writeFile(output, asYaml(map));
    return undefined;
  },
};

function oneOf({ flags }: Invocation, name: string, legal: readonly string[]): string {
  const value = flags.string(name);
  if (!legal.includes(value) && !(name === "load-restrictor" && value === ""))
    throw new CommandError(`illegal flag value --${name} ${value}; legal values: [${legal.join(" ")}]`);
  return value;
}

function writeFile(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === "ENOENT" ? "no such file or directory" : code === "EACCES" ? "permission denied" : String(code);
    throw new CommandError(`open ${path}: ${why}`);
  }
}

/** One file for each resource, named after its kind and name; after its namespace too, where there are several. */
function writeEach(directory: string, map: ResMap): void {
  const namespaces = new Set(map.list.map(({ id }) => effectiveNamespace(id)).filter((one) => one !== notNamespaced));
  for (const resource of map.list) {
    const { group, version, kind, name } = resource.id;
    const namespace = effectiveNamespace(resource.id);
    const file = `${[group, version, kind].filter((part) => part !== "").join("_")}_${name}.yaml`.toLowerCase();
    const prefix = namespaces.size > 1 && namespace !== notNamespaced ? `${namespace.toLowerCase()}_` : "";
    writeFile(join(directory, prefix + file), toYaml(resource.toObject()));
  }
}
