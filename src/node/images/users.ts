import type { LayeredTree } from "./tree.ts";

export interface ImageUser {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups of `/etc/group`. */
  readonly groups: readonly number[];
  readonly home: string;
}

/**
 * The user that `USER` (`name`, `uid`, `name:group`, `uid:gid`) means in an image.
 * @throws Error as runc words it when a name is unknown
 */
export function lookupUser(tree: LayeredTree, spec: string): ImageUser {
  const [userPart = "", groupPart] = spec.split(":");
  const rows = (path: string) => (tree.readText(path) ?? "").split("\n").map((line) => line.split(":"));
  const passwd = rows("/etc/passwd").filter((row) => row.length >= 6);
  const groups = rows("/etc/group").filter((row) => row.length >= 3);
  const wanted = userPart === "" ? "0" : userPart;
  const row = passwd.find((r) => r[0] === wanted) ?? passwd.find((r) => r[2] === wanted);
  if (!row && !/^\d+$/.test(wanted))
    throw new Error(`unable to find user ${wanted}: no matching entries in passwd file`);
  const uid = Number(row?.[2] ?? wanted);
  let gid = Number(row?.[3] ?? 0);
  if (groupPart) {
    const group = groups.find((r) => r[0] === groupPart);
    if (!group && !/^\d+$/.test(groupPart))
      throw new Error(`unable to find group ${groupPart}: no matching entries in group file`);
    gid = Number(group?.[2] ?? groupPart);
  }
  const member = (r: string[]) => row !== undefined && (r[3] ?? "").split(",").includes(row[0] as string);
  return { uid, gid, groups: groups.filter(member).map((r) => Number(r[2])), home: row?.[5] || "/" };
}
