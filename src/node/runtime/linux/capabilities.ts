/** What a container gets when its spec says nothing: the default of containerd and Docker. */
const defaultCapabilities = [
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "NET_RAW",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
] as const;

const plain = (name: string) => name.toUpperCase().replace(/^CAP_/, "");

/** The bounding set as setpriv writes it: `-all,+chown,…`, or `+all`. Drops go first, then additions, as upstream. */
export function boundingSet(security: {
  readonly addCapabilities?: readonly string[];
  readonly dropCapabilities?: readonly string[];
  readonly privileged?: boolean;
}): string {
  const add = (security.addCapabilities ?? []).map(plain);
  const drop = (security.dropCapabilities ?? []).map(plain);
  if (security.privileged || (add.includes("ALL") && drop.length === 0)) return "+all";
  const set = new Set<string>(drop.includes("ALL") ? [] : defaultCapabilities);
  for (const name of drop) set.delete(name);
  if (add.includes("ALL")) return ["+all", ...drop.map((name) => `-${name.toLowerCase()}`)].join(",");
  for (const name of add) set.add(name);
  return ["-all", ...[...set].sort().map((name) => `+${name.toLowerCase()}`)].join(",");
}
