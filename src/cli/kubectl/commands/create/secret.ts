/** `create secret generic`, `docker-registry` and `tls`. */
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { checkConfigKey } from "../../../../api/names.ts";
import { CommandError, type Invocation } from "../../core/command.ts";
import { listFlag, switchFlag, textFlag } from "../../core/flags.ts";
import type { ManifestObject } from "../../core/manifests.ts";
import { goJson } from "../../print/output.ts";
import { addEnvFiles, addFiles, addLiterals, checkSources, keySourceFlags } from "./key-sources.ts";
import { nameHash } from "./name-hash.ts";
import { createCommand } from "./shared.ts";

const failure = "failed to create secret ";
const hashFlag = switchFlag("append-hash", "Append a hash of the secret to its name.");

export const createSecretGenericCommand = createCommand({
  name: "secret generic",
  use: "NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none] [flags]",
  short: "Create a secret from a local file, directory, or literal value.",
  flags: [...keySourceFlags("secret"), textFlag("type", "The type of secret to create.")],
  failure,
  build(invocation, name) {
    const { flags } = invocation;
    checkSources(invocation);
    const data = new Keys();
    addLiterals(flags.list("from-literal"), data.add);
    addFiles(flags.list("from-file"), data.add);
    addEnvFiles(flags.list("from-env-file"), "secret", invocation, data.add);
    return secret(invocation, name, flags.string("type"), data);
  },
});

export const createSecretDockerRegistryCommand = createCommand({
  name: "secret docker-registry",
  use: "NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none] [flags]",
  short: "Create a secret for use with a Docker registry.",
  flags: [
    hashFlag,
    textFlag("docker-email", "Email for Docker registry."),
    textFlag("docker-password", "Password for Docker registry authentication."),
    textFlag("docker-server", "Server location for Docker registry.", "https://index.docker.io/v1/"),
    textFlag("docker-username", "Username for Docker registry authentication."),
    listFlag("from-file", "A file that holds the credentials, or key=file.", "stringSlice"),
  ],
  failure,
  build(invocation, name) {
    const { flags } = invocation;
    const key = ".dockerconfigjson";
    const files = flags.list("from-file").map((file) => (file.includes("=") ? file : `${key}=${file}`));
    const [username, password, email, server] = ["username", "password", "email", "server"].map((field) =>
      flags.string(`docker-${field}`),
    ) as [string, string, string, string];
    if (files.length === 0 && !(username && password && server)) {
      throw new CommandError(
        "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
      );
    }
    const data = new Keys();
    addFiles(files, data.add);
    if (files.length === 0) {
      const auth = Buffer.from(`${username}:${password}`).toString("base64");
      const entry = { username, password, ...(email ? { email } : {}), auth };
      data.add(key, Buffer.from(goJson({ auths: { [server]: entry } })));
    }
    return secret(invocation, name, "kubernetes.io/dockerconfigjson", data);
  },
});

export const createSecretTlsCommand = createCommand({
  name: "secret tls",
  use: "NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none] [flags]",
  short: "Create a TLS secret.",
  flags: [
    hashFlag,
    textFlag("cert", "Path to PEM encoded public key certificate."),
    textFlag("key", "Path to private key associated with given certificate."),
  ],
  failure,
  build(invocation, name) {
    const [certFile, keyFile] = [invocation.flags.string("cert"), invocation.flags.string("key")];
    if (!certFile || !keyFile) throw new CommandError("key and cert must be specified");
    const [cert, key] = [readOrFail(certFile), readOrFail(keyFile)];
    refuseStrangers(cert, key);
    const data = new Keys();
    data.add("tls.crt", cert);
    data.add("tls.key", key);
    return secret(invocation, name, "kubernetes.io/tls", data);
  },
});

class Keys {
  readonly data: Record<string, string> = {};

  /** @throws CommandError for a key that is malformed or there already */
  readonly add = (key: string, bytes: Buffer): void => {
    const problems = checkConfigKey(key);
    if (problems.length > 0)
      throw new CommandError(`${JSON.stringify(key)} is not valid key name for a Secret ${problems.join(";")}`);
    if (key in this.data) throw new CommandError(`cannot add key ${key}, another key by that name already exists`);
    this.data[key] = bytes.toString("base64");
  };
}

function secret({ flags }: Invocation, name: string, type: string, { data }: Keys): ManifestObject {
  const suffix = flags.bool("append-hash") ? `-${nameHash({ kind: "Secret", type, name, data })}` : "";
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `${name}${suffix}` },
    ...(Object.keys(data).length > 0 ? { data } : {}),
    ...(type ? { type } : {}),
  };
}

function readOrFail(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    throw new CommandError(`Cannot read file ${path}, open ${path}: no such file or directory`);
  }
}

/** @throws CommandError in the words of Go's `tls.X509KeyPair` when they are no pair */
function refuseStrangers(cert: Buffer, key: Buffer): void {
  const blocks = (text: Buffer) => [...text.toString().matchAll(/-----BEGIN ([^-]+)-----/g)].map((m) => m[1] ?? "");
  if (!blocks(cert).includes("CERTIFICATE"))
    throw new CommandError(missing(blocks(cert), "certificate", (b) => b.endsWith("PRIVATE KEY")));
  if (!blocks(key).some((b) => b === "PRIVATE KEY" || b.endsWith(" PRIVATE KEY")))
    throw new CommandError(missing(blocks(key), "key", (b) => b === "CERTIFICATE"));
  const certificate = new X509Certificate(cert);
  const der = (publicKey: ReturnType<typeof createPublicKey>) => publicKey.export({ type: "spki", format: "der" });
  const [ours, theirs] = [createPublicKey(createPrivateKey(key)), certificate.publicKey];
  if (ours.asymmetricKeyType !== theirs.asymmetricKeyType)
    throw new CommandError("tls: private key type does not match public key type");
  if (!der(ours).equals(der(theirs))) throw new CommandError("tls: private key does not match public key");
}

function missing(found: readonly string[], what: string, swapped: (block: string) => boolean): string {
  if (found.length === 0) return `tls: failed to find any PEM data in ${what} input`;
  if (found.length === 1 && swapped(found[0] as string)) {
    return what === "certificate"
      ? "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched"
      : "tls: found a certificate rather than a key in the PEM for the private key";
  }
  return what === "certificate"
    ? `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${found.join(" ")}]`
    : `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${found.join(" ")}]`;
}
