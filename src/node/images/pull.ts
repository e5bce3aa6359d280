import { type RegistryAuth, RuntimeError } from "../runtime/runtime.ts";
import type { ImageRecord } from "./config.ts";
import { type InstallContext, installImage, verify } from "./install.ts";
import { type Index, isIndex, type Manifest, pickPlatform } from "./manifest.ts";
import { formatReference, parseReference, type Reference, repositoryOf } from "./reference.ts";
import { RegistryClient, RegistryError } from "./registry.ts";
import { sha256 } from "./store.ts";
import type { PullTransport } from "./transport.ts";

/**
 * Pulls an image from its registry.
 * @param transport absent when the cluster may not reach registries
 * @throws RuntimeError `ErrImagePull` with a message as containerd words it, `InvalidImageName` for a bad reference
 */
export async function pullImage(
  context: InstallContext,
  transport: PullTransport | undefined,
  text: string,
  auth?: RegistryAuth,
): Promise<ImageRecord> {
  let reference: Reference;
  try {
    reference = parseReference(text);
  } catch (error) {
    throw new RuntimeError("InvalidImageName", (error as Error).message);
  }
  const name = formatReference(reference);
  const fail = (why: string, code?: string) =>
    new RuntimeError("ErrImagePull", `failed to pull and unpack image "${name}": ${why}`, code);
  const unresolved = (why: string, code?: string) => fail(`failed to resolve reference "${name}": ${why}`, code);
  if (!transport) throw unresolved("egress is off in this cluster, so no registry was asked");

  const client = new RegistryClient(transport, reference, auth);
  let resolved: { manifest: Manifest; digest: string };
  try {
    resolved = await resolve(client, reference);
  } catch (error) {
    const { message } = error as Error;
    if (!(error instanceof RegistryError) || error.code === "Unknown") throw unresolved(message);
    // The only code that survives the way through containerd and the kubelet.
    throw unresolved(`${name}: ${message}`, error.code === "NotFound" ? error.code : undefined);
  }
  const { manifest, digest } = resolved;
  try {
    const config = await client.text(manifest.config.digest);
    verify("configuration", manifest.config.digest, sha256(config));
    const layers = manifest.layers.map((layer) => ({ digest: layer.digest, open: () => client.blob(layer.digest) }));
    const size = manifest.layers.reduce((sum, layer) => sum + layer.size, manifest.config.size);
    const record = await installImage(context, config, layers, size);
    if (reference.tag !== undefined) context.files.tag(`${repositoryOf(reference)}:${reference.tag}`, record.id);
    context.files.tag(`${repositoryOf(reference)}@${digest}`, record.id);
    return record;
  } catch (error) {
    throw fail((error as Error).message);
  }
}

/** The manifest for this machine, and the digest that the reference stands for (of the index, if it is one). */
async function resolve(client: RegistryClient, reference: Reference): Promise<{ manifest: Manifest; digest: string }> {
  const text = await client.manifest(reference.digest ?? (reference.tag as string));
  const digest = sha256(text);
  if (reference.digest) verify("manifest", reference.digest, digest);
  const document = parseDocument(text);
  if (!isIndex(document)) return { manifest: document, digest };
  const chosen = pickPlatform(document);
  const inner = await client.manifest(chosen.digest);
  verify("manifest", chosen.digest, sha256(inner));
  return { manifest: parseDocument(inner) as Manifest, digest };
}

function parseDocument(text: string): Manifest | Index {
  const document = JSON.parse(text) as Manifest | Index;
  if (document.schemaVersion !== 2)
    throw new Error(
      `unsupported manifest: schemaVersion ${String((document as { schemaVersion?: unknown }).schemaVersion)}`,
    );
  return document;
}
