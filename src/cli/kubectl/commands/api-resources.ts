import { type Command, CommandError } from "../core/command.ts";
import { resourceText, type ServedResource } from "../core/discovery.ts";
import { apiVersionText } from "../core/paths.ts";
import { showManagedFieldsFlag } from "../core/shared-flags.ts";
import { goJson } from "../print/output.ts";
import { alignColumns } from "../print/table.ts";
import { toYaml } from "../print/yaml.ts";

export const apiResourcesCommand: Command = {
  path: "api-resources",
  use: "api-resources",
  short: "Print the supported API resources on the server.",
  flags: [
    { name: "api-group", type: "string", default: "", usage: "Limit to resources in the specified API group." },
    {
      name: "categories",
      type: "stringSlice",
      default: "",
      usage: "Limit to resources that belong to the specified categories.",
    },
    {
      name: "namespaced",
      type: "bool",
      default: "true",
      usage: "If false, non-namespaced resources will be returned.",
    },
    { name: "cached", type: "bool", default: "false", usage: "Taken for the sake of scripts: nothing is cached." },
    { name: "no-headers", type: "bool", default: "false", usage: "Don't print headers (default print headers)." },
    {
      name: "output",
      short: "o",
      type: "string",
      default: "",
      usage: "Output format. One of: (json, yaml, name, wide).",
    },
    showManagedFieldsFlag,
    { name: "sort-by", type: "string", default: "", usage: "Either 'name' or 'kind'." },
    { name: "verbs", type: "stringSlice", default: "", usage: "Limit to resources that support the specified verbs." },
  ],
  async run({ flags, args, io, print, session }) {
    if (args.length > 0) {
      throw new CommandError(
        `unexpected arguments: [${args.join(" ")}]\nSee 'kubectl api-resources -h' for help and examples`,
      );
    }
    const output = flags.string("output");
    if (!["", "wide", "name", "json", "yaml"].includes(output))
      throw new CommandError(
        `unable to match a printer suitable for the output format "${output}", allowed formats are: json,name,wide,yaml`,
      );
    const sortBy = flags.string("sort-by");
    if (!["", "name", "kind"].includes(sortBy)) throw new CommandError("--sort-by accepts only name or kind");
    const discovery = await (await session()).discovery({ fresh: !flags.bool("cached") });
    const resources = discovery
      .preferred()
      .filter(
        (r) =>
          r.verbs.length > 0 &&
          (!flags.changed("api-group") || r.group === flags.string("api-group")) &&
          (!flags.changed("namespaced") || r.namespaced === flags.bool("namespaced")) &&
          flags.list("verbs").every((verb) => r.verbs.includes(verb)) &&
          flags.list("categories").every((category) => r.categories.includes(category)),
      );
    resources.sort((a, b) => compare(keyOf(a, sortBy), keyOf(b, sortBy)) || compare(a.plural, b.plural));
    if (output === "name") for (const r of resources) print(resourceText(r));
    else if (output === "json" || output === "yaml") {
      const list = { kind: "APIResourceList", apiVersion: "v1", groupVersion: "", resources: listed(resources) };
      io.stdout.write(output === "json" ? `${goJson(list, 4)}\n` : toYaml(list));
    } else io.stdout.write(alignColumns(rowsOf(resources, output === "wide", flags.bool("no-headers"))));
    return undefined;
  },
};

/** In the order of Go's fields; null when there are none. */
const listed = (resources: readonly ServedResource[]) =>
  resources.length === 0
    ? null
    : resources.map((r) => ({
        name: r.plural,
        singularName: r.singular,
        namespaced: r.namespaced,
        ...(r.group ? { group: r.group } : {}),
        version: r.version,
        kind: r.kind,
        verbs: r.verbs,
        ...(r.shortNames.length > 0 ? { shortNames: r.shortNames } : {}),
        ...(r.categories.length > 0 ? { categories: r.categories } : {}),
      }));

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const keyOf = (r: ServedResource, by: string): string => (by === "name" ? r.plural : by === "kind" ? r.kind : r.group);

function rowsOf(resources: readonly ServedResource[], wide: boolean, noHeaders: boolean): string[][] {
  const header = ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND", ...(wide ? ["VERBS", "CATEGORIES"] : [])];
  const rows = resources.map((r) => [
    r.plural,
    r.shortNames.join(","),
    apiVersionText(r),
    String(r.namespaced),
    r.kind,
    ...(wide ? [r.verbs.join(","), r.categories.join(",")] : []),
  ]);
  return noHeaders ? rows : [header, ...rows];
}
