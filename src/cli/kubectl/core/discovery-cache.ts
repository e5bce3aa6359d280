/**
 * What a server serves, kept on disk for six hours in the files of kubectl (`client-go/discovery/cached/disk`), which reads
 * what is written here, and the other way round. A file that is broken, old or absent is as if none were there.
 */
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { systemClock as clock } from "../../../base/clock.ts";
import { replaceFile } from "../../replace-file.ts";
import type { GroupList, ResourceList, Served } from "./discovery-lists.ts";
import type { FlagValues } from "./flags.ts";

/** Milliseconds. */
const lifetime = 6 * 60 * 60_000;

/** The folder of a server's files. @param server its address */
export function cacheFolder(server: string, flags: FlagValues, { KUBECACHEDIR, HOME }: NodeJS.ProcessEnv): string {
  const usual = KUBECACHEDIR || join(HOME || homedir(), ".kube", "cache");
  const root = flags.changed("cache-dir") ? flags.string("cache-dir") : usual;
  return join(root, "discovery", server.replace(/^https?:\/\//, "").replace(/[^(\w/.)]/g, "_"));
}

const groupsFile = "servergroups.json";
const listFile = (groupVersion: string): string => join(groupVersion, "serverresources.json");

/** @returns undefined when anything of it is missing, too old or not what it should be */
export function readServed(folder: string): Served | undefined {
  try {
    const groups = readFresh(join(folder, groupsFile)) as GroupList;
    if (!isGroupList(groups)) return undefined;
    const versions = groups.groups.flatMap((group) => group.versions.map(({ groupVersion }) => groupVersion));
    const lists = versions.map((groupVersion) => {
      const list = readFresh(join(folder, listFile(groupVersion)));
      if (!isResourceList(list) || list.groupVersion !== groupVersion) throw new Error("not a list of this version");
      return list;
    });
    return { groups, lists };
  } catch {
    return undefined;
  }
}

/** @throws Error when it is not there or too old */
function readFresh(path: string): unknown {
  if (clock.now() > statSync(path).mtimeMs + lifetime) throw new Error("too old");
  return JSON.parse(readFileSync(path, "utf8"));
}

const isText = (value: unknown): value is string => typeof value === "string";
const areTexts = (value: unknown): boolean => value === undefined || (Array.isArray(value) && value.every(isText));

function isGroupList(value: unknown): value is GroupList {
  const { kind, groups } = (value ?? {}) as Partial<GroupList>;
  return (
    kind === "APIGroupList" &&
    Array.isArray(groups) &&
    groups.length > 0 &&
    groups.every(
      (group) =>
        isText(group?.name) &&
        Array.isArray(group.versions) &&
        group.versions.every((v: { groupVersion?: unknown }) =>
          /^[\w.-]+(?:\/[\w.-]+)?$/.test(String(v?.groupVersion)),
        ),
    )
  );
}

function isResourceList(value: unknown): value is ResourceList {
  const { kind, resources } = (value ?? {}) as Partial<ResourceList>;
  return (
    kind === "APIResourceList" &&
    Array.isArray(resources) &&
    resources.every(
      (r) =>
        [r?.name, r?.kind, r?.singularName].every(isText) &&
        typeof r.namespaced === "boolean" &&
        Array.isArray(r.verbs) &&
        [r.verbs, r.shortNames, r.categories].every(areTexts),
    )
  );
}

/** What cannot be written is asked for again the next time. */
export function writeServed(folder: string, { groups, lists }: Served): void {
  try {
    for (const list of lists) write(join(folder, listFile(list.groupVersion)), list);
    write(join(folder, groupsFile), groups);
  } catch {
    // A full disk, a folder of somebody else: no reason to fail.
  }
}

function write(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
  replaceFile(path, `${JSON.stringify(value)}\n`, 0o660);
}
