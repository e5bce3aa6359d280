/** Which of some rules others do not allow already (`component-helpers/auth/rbac/validation`). Pure. */

export interface PolicyRule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** Rules of one verb on one thing each that `owners` do not allow. */
export const uncovered = (owners: readonly PolicyRule[], rules: readonly PolicyRule[]): PolicyRule[] =>
  rules.flatMap(parts).filter((part) => !owners.some((owner) => covers(owner, part)));

function parts({
  verbs = [],
  apiGroups = [],
  resources = [],
  resourceNames = [],
  nonResourceURLs = [],
}: PolicyRule): PolicyRule[] {
  const named = resourceNames.length > 0 ? resourceNames.map((name) => ({ resourceNames: [name] })) : [{}];
  return [
    ...apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) =>
          named.map((name) => ({ apiGroups: [group], resources: [resource], verbs: [verb], ...name })),
        ),
      ),
    ),
    ...nonResourceURLs.flatMap((url) => verbs.map((verb) => ({ nonResourceURLs: [url], verbs: [verb] }))),
  ];
}

function covers(owner: PolicyRule, part: PolicyRule): boolean {
  const has = (field: keyof PolicyRule, value: string) => owner[field]?.includes(value) === true;
  const all = (field: keyof PolicyRule, holds: (value: string) => boolean) => (part[field] ?? []).every(holds);
  const unnamed = (owner.resourceNames?.length ?? 0) === 0;
  return (
    all("verbs", (verb) => has("verbs", "*") || has("verbs", verb)) &&
    all("apiGroups", (group) => has("apiGroups", "*") || has("apiGroups", group)) &&
    all("resources", (resource) => {
      const [, subresource] = /\/(.*)/s.exec(resource) ?? [];
      const everySuch = subresource !== undefined && has("resources", `*/${subresource}`);
      return has("resources", "*") || has("resources", resource) || everySuch;
    }) &&
    (unnamed || (part.resourceNames !== undefined && all("resourceNames", (name) => has("resourceNames", name)))) &&
    all("nonResourceURLs", (url) => (owner.nonResourceURLs ?? []).some((path) => urlCovers(path, url)))
  );
}

const urlCovers = (path: string, url: string): boolean =>
  path === url || (path.endsWith("*") && url.startsWith(path.replace(/\*+$/, "")));
