/**
 * Node.js 20 makes ready every certificate that comes with it, and all in the files that the environment names: at its start, or
 * with the first connection. wherry says itself whom it trusts, so of its own processes it keeps both from them.
 */

/** The shell that starts the command renames the same (scripts/bundle-kubectl.mjs). */
const names = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"];
const hidden = (name: string) => `WHERRY_${name}`;

export interface Start {
  /** For Node.js, before the file that it is to run. */
  readonly flags: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** How to start one of wherry's own files, which calls {@link restoreEnvironment} first. A choice in NODE_OPTIONS is left alone. */
export function withoutCertificates(env: NodeJS.ProcessEnv): Start {
  if (/-ca\b/.test(env.NODE_OPTIONS ?? "")) return { flags: [], env };
  const renamed = { ...env };
  for (const name of names) {
    if (!env[name]) continue;
    renamed[hidden(name)] = env[name];
    delete renamed[name];
  }
  return { flags: ["--use-openssl-ca"], env: renamed };
}

/** Makes `process.env` what it was: Node.js itself learns of changes to its environment, but not of another one. */
export function restoreEnvironment(): void {
  if (!names.some((name) => process.env[hidden(name)] !== undefined)) return;
  const env = { ...process.env };
  for (const name of names) {
    const value = env[hidden(name)];
    delete env[hidden(name)];
    if (value !== undefined) env[name] = value;
  }
  process.env = env;
}
