import type { Secret } from "../api/generated/types.ts";
import type { RegistryAuth } from "./runtime/runtime.ts";

/** The registry of an image reference: its first part when that names a host, else Docker Hub. */
export function registryOf(reference: string): string {
  const [first = "", ...rest] = reference.split("/");
  return rest.length > 0 && (/[.:]/.test(first) || first === "localhost") ? first : "docker.io";
}

interface AuthEntry {
  readonly username?: string;
  readonly password?: string;
  /** Base64 of `username:password`. */
  readonly auth?: string;
}

const hubNames = ["docker.io", "index.docker.io", "registry-1.docker.io"];

const hostOf = (key: string): string => key.replace(/^https?:\/\//, "").split("/")[0] ?? "";

/** The credentials for a registry in an image pull secret (`kubernetes.io/dockerconfigjson`, `…/dockercfg`). */
export function registryAuthFor(registry: string, secret: Secret): RegistryAuth | undefined {
  const json = secret.data?.[".dockerconfigjson"];
  const legacy = secret.data?.[".dockercfg"];
  const text = json ?? legacy;
  if (!text) return undefined;
  let entries: Record<string, AuthEntry>;
  try {
    const parsed = JSON.parse(Buffer.from(text, "base64").toString()) as { auths?: Record<string, AuthEntry> };
    entries = json ? (parsed.auths ?? {}) : (parsed as Record<string, AuthEntry>);
  } catch {
    return undefined;
  }
  const wanted = hubNames.includes(registry) ? hubNames : [registry];
  const entry = Object.entries(entries).find(([key]) => wanted.includes(hostOf(key)))?.[1];
  if (!entry) return undefined;
  if (entry.auth) {
    const [username = "", ...password] = Buffer.from(entry.auth, "base64").toString().split(":");
    return { username, password: password.join(":") };
  }
  return { username: entry.username ?? "", password: entry.password ?? "" };
}
