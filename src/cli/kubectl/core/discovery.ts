/** What the server serves, and how a user's words name it (`RESTMapper`). */
import { groupResourceText } from "../../../base/errors.ts";
import { BareError, CommandError } from "./command.ts";
import type { ManifestObject } from "./manifests.ts";

export interface ServedResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  /** Names below the resource: `status`, `scale`, `log`. */
  readonly subresources: readonly string[];
}

export class Discovery {
  /** Preferred versions first, in the server's order. */
  readonly resources: readonly ServedResource[];
  /** Was something asked for that is not there? */
  missed = false;
  constructor(resources: readonly ServedResource[]) {
    this.resources = resources;
  }

  /**
   * Finds `pods`, `pod`, `po`, `deployments.apps`, `deployments.v1.apps`, in any case.
   * @throws CommandError `the server doesn't have a resource type "x"`
   */
  find(name: string): ServedResource {
    const asked = name.toLowerCase();
    const dot = asked.indexOf(".");
    const word = dot < 0 ? asked : asked.slice(0, dot);
    const rest = dot < 0 ? undefined : asked.slice(dot + 1);
    const inGroup = (r: ServedResource) =>
      rest === undefined ||
      r.group === rest ||
      rest === `${r.version}.${r.group}` ||
      (r.group !== "" && r.group.startsWith(`${rest}.`));
    // With a short name the version is not looked at.
    const inGroupOf = (r: ServedResource) => inGroup(r) || rest?.replace(/^[^.]*\./, "") === r.group;
    const found =
      this.resources.find((r) => inGroup(r) && (r.plural === word || r.singular === word)) ??
      this.resources.find((r) => inGroupOf(r) && r.shortNames.includes(word)) ??
      this.resources.find((r) => inGroup(r) && r.kind.toLowerCase() === word);
    if (found) return found;
    this.missed = true;
    throw new CommandError(`the server doesn't have a resource type "${word}"`);
  }

  /**
   * The same where kubectl asks for nothing but a resource.
   * @throws BareError that names the group too
   */
  lookUp(name: string): ServedResource {
    try {
      return this.find(name);
    } catch {
      const [resource = "", ...group] = name.toLowerCase().split(".");
      const where = group.length > 0 ? ` in group ${JSON.stringify(group.join("."))}` : "";
      throw new BareError(`the server doesn't have a resource type ${JSON.stringify(resource)}${where}`);
    }
  }

  /** Each resource once, in the version that its group prefers, or the first that has it (`ServerPreferredResources`). */
  preferred(): ServedResource[] {
    const seen = new Set<string>();
    return this.resources.filter((r) => {
      const text = resourceText(r);
      return !seen.has(text) && seen.add(text);
    });
  }

  /** All resources in a category, for example `all`. */
  category(name: string): ServedResource[] {
    return this.preferred().filter((r) => r.categories.includes(name));
  }

  /** @throws CommandError with kubectl's text for a kind that is not served */
  forKind(object: ManifestObject, source: string): ServedResource {
    const { apiVersion, kind, metadata } = object;
    const [version = "", group = ""] = apiVersion.includes("/") ? apiVersion.split("/").reverse() : [apiVersion, ""];
    const found = this.resources.find((r) => r.group === group && r.version === version && r.kind === kind);
    if (found) return found;
    this.missed = true;
    throw new CommandError(
      `resource mapping not found for name: "${metadata.name ?? ""}" namespace: "${metadata.namespace ?? ""}" from "${source}": no matches for kind "${kind}" in version "${apiVersion}"\nensure CRDs are installed first`,
    );
  }
}

/** `deployments.apps`, `pods`. */
export const resourceText = (r: ServedResource): string => groupResourceText({ group: r.group, resource: r.plural });
/** `deployment.apps`, `pod`: how a resource stands in front of a name. */
export const kindText = (r: Pick<ServedResource, "group" | "kind">): string => {
  const kind = r.kind.toLowerCase();
  return r.group ? `${kind}.${r.group}` : kind;
};
