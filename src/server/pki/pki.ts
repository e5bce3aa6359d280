/**
 * The cluster's private certificate authority and everything it signed, in one directory. What is there and still good
 * is only read: that takes a millisecond and loads no library.
 */
import { generateKeyPair, X509Certificate } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Clock, Random } from "../../base/clock.ts";
import type { Leaf } from "./certificates.ts";
import type { Credentials } from "./credentials.ts";

export interface Pki {
  /** The authority's certificate, PEM: what clients must trust. */
  readonly ca: string;
  readonly server: Credentials;
  /** User `kubernetes-admin` in `system:masters`. */
  readonly admin: Credentials;
  /** Signs tokens of service accounts: ECDSA P-256, PEM. */
  readonly serviceAccountKey: string;
  /** Credentials of a component, for example `system:kube-scheduler`. The same files every time. */
  component(user: string): Promise<Credentials>;
  /** Credentials of a node's agent: user `system:node:<name>` in `system:nodes`. */
  node(name: string): Promise<Credentials>;
}

export interface PkiOptions {
  /** Further names and addresses the server is reached by. */
  readonly hosts?: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
}

/** How the server is known to everyone; the address is the `kubernetes` Service's. */
const serverHosts = [
  "localhost",
  "127.0.0.1",
  "::1",
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
  "10.96.0.1",
] as const;

const generateKeys = promisify(generateKeyPair);
const renewBeforeMs = 30 * 86_400_000;

/** Reads the directory, and makes (or renews, within 30 days of the end) what it lacks. Files are for the owner only. */
export async function ensurePki(dir: string, { hosts = [], clock, random }: PkiOptions): Promise<Pki> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const makers = { clock, random };
  const load = () => import("./certificates.ts");

  const authority =
    (await read(dir, "ca", clock)) ?? (await save(dir, "ca", await (await load()).makeAuthority(makers)));

  const pending = new Map<string, Promise<Credentials>>();
  const leaf = (file: string, wanted: Leaf): Promise<Credentials> => {
    let credentials = pending.get(file);
    if (!credentials) {
      const make = async () => save(dir, file, await (await load()).makeLeaf(authority, wanted, makers));
      credentials = read(dir, file, clock, authority, wanted).then((found) => found ?? make());
      pending.set(file, credentials);
    }
    return credentials;
  };

  const [serviceAccountKey, server, admin] = await Promise.all([
    ensureKey(dir, "sa"),
    leaf("apiserver", { commonName: "kube-apiserver", use: "server", hosts: [...new Set([...serverHosts, ...hosts])] }),
    leaf("admin", { commonName: "kubernetes-admin", organizations: ["system:masters"], use: "client" }),
  ]);
  return {
    ca: authority.cert,
    server,
    admin,
    serviceAccountKey,
    component: (user) => leaf(user.replace(/[^\w.-]+/g, "-"), { commonName: user, use: "client" }),
    node: (name) =>
      leaf(`node-${name}`, { commonName: `system:node:${name}`, organizations: ["system:nodes"], use: "client" }),
  };
}

/** What is in the files; undefined when absent, about to end, from another authority, or not what is wanted. */
async function read(
  dir: string,
  file: string,
  clock: Clock,
  authority?: Credentials,
  wanted?: Leaf,
): Promise<Credentials | undefined> {
  const text = (extension: string) => readFile(join(dir, `${file}.${extension}`), "utf8");
  let found: Credentials;
  try {
    const [cert, key] = await Promise.all([text("crt"), text("key")]);
    found = { cert, key };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const certificate = new X509Certificate(found.cert);
  if (Date.parse(certificate.validTo) - clock.now() < renewBeforeMs) return undefined;
  if (authority && !certificate.checkIssued(new X509Certificate(authority.cert))) return undefined;
  const missing = wanted?.hosts?.some((h) => !(isIP(h) ? certificate.checkIP(h) : certificate.checkHost(h)));
  return missing ? undefined : found;
}

/** A private key without a certificate. */
async function ensureKey(dir: string, file: string): Promise<string> {
  try {
    return await readFile(join(dir, `${file}.key`), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const { privateKey } = await generateKeys("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  await put(dir, `${file}.key`, key);
  return key;
}

async function put(dir: string, file: string, text: string): Promise<void> {
  const path = join(dir, file);
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

async function save(dir: string, file: string, credentials: Credentials): Promise<Credentials> {
  // The key first: a certificate without its key would look complete.
  await put(dir, `${file}.key`, credentials.key);
  await put(dir, `${file}.crt`, credentials.cert);
  return credentials;
}
