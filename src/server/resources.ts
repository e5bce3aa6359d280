/** The served resources: which kind answers at which group, version and plural. */
import type { AlternateVersion, Kind, KubeObject } from "../api/kind.ts";

export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly kind: Kind;
  /** Set when this is not the storage version. */
  readonly alternate?: AlternateVersion<KubeObject>;
  /** Full name of the schema type in this version. */
  readonly schemaType: string;
}

export interface Resources {
  readonly all: readonly Resource[];
  find(group: string, version: string, plural: string): Resource | undefined;
  /** Is anything served under this group and version? */
  hasVersion(group: string, version: string): boolean;
}

export function indexResources(kinds: readonly Kind[]): Resources {
  const all: Resource[] = [];
  for (const kind of kinds) {
    all.push({ group: kind.group, version: kind.version, kind, schemaType: kind.schemaType });
    for (const alternate of kind.alternates ?? []) {
      const { group, version, schemaType } = alternate;
      all.push({ group, version, kind, alternate, schemaType });
    }
  }
  const byPath = new Map(all.map((r) => [`${r.group}/${r.version}/${r.kind.plural}`, r]));
  const versions = new Set(all.map((r) => `${r.group}/${r.version}`));
  return {
    all,
    find: (group, version, plural) => byPath.get(`${group}/${version}/${plural}`),
    hasVersion: (group, version) => versions.has(`${group}/${version}`),
  };
}
