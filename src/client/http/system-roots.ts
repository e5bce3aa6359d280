/** The authorities that the system trusts, where Go looks for them on Linux (`crypto/x509`: `root_unix.go`, `root_linux.go`). */
import { type Dirent, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { rootCertificates } from "node:tls";

export interface Places {
  /** Only the first that can be read counts. */
  readonly files: readonly string[];
  /** All count, whatever the files held. */
  readonly directories: readonly string[];
}

const linux: Places = {
  files: [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
  ],
  directories: ["/etc/ssl/certs", "/etc/pki/tls/certs"],
};

const known = new Map<string, readonly string[]>();

/** {@link readRoots}, once for the same environment: with the first call, and as long as the process lives. */
export function systemRoots(env: NodeJS.ProcessEnv): readonly string[] {
  const key = JSON.stringify([env.SSL_CERT_FILE, env.SSL_CERT_DIR, env.NODE_EXTRA_CA_CERTS]);
  let roots = known.get(key);
  if (!roots) {
    roots = readRoots(env);
    known.set(key, roots);
  }
  return roots;
}

/**
 * The certificates as PEM, each once and each by itself: Node.js takes nothing more of a text behind what it cannot parse.
 *
 * `SSL_CERT_FILE` and `SSL_CERT_DIR` name other places; whoever names places without certificates trusts nobody. A system that
 * has nothing in its own, such as one that keeps its roots elsewhere than in files, trusts those that come with Node.js.
 * What `NODE_EXTRA_CA_CERTS` names is trusted beside all of these, as everywhere in Node.js.
 */
export function readRoots(env: NodeJS.ProcessEnv, { files, directories } = linux): readonly string[] {
  const { SSL_CERT_FILE: file, SSL_CERT_DIR: dirs, NODE_EXTRA_CA_CERTS: extra } = env;
  const found = certificates([
    ...firstReadable(file ? [file] : files),
    ...(dirs ? dirs.split(delimiter) : directories).flatMap(textsIn),
  ]);
  const own = found.length > 0 || file || dirs ? found : rootCertificates;
  return extra ? certificates([...own, ...firstReadable([extra])]) : own;
}

function firstReadable(paths: readonly string[]): string[] {
  for (const path of paths) {
    const text = textOf(path);
    if (text !== undefined) return [text];
  }
  return [];
}

function textsIn(directory: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => (isAlias(directory, entry) ? [] : (textOf(join(directory, entry.name)) ?? [])));
}

/** OpenSSL finds certificates by links that are named after hashes; what they lead to is in the same directory. */
function isAlias(directory: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return false;
  try {
    return !readlinkSync(join(directory, entry.name)).includes("/");
  } catch {
    return false;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

/** What is no plain certificate (comments, keys, trust that OpenSSL adds) is passed over, as Go does. */
function certificates(texts: readonly string[]): string[] {
  const found = new Map<string, string>();
  for (const text of texts)
    for (const [block, base64 = ""] of text.matchAll(certificate)) found.set(base64.replace(/\s/g, ""), block);
  return [...found.values()];
}

const certificate = /^-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/gm;
