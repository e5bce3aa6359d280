/** What files a configMap, secret, downwardAPI or projected volume holds. */
import type { KeyToPath, Pod, ProjectedVolumeSource, Volume } from "../../api/generated/types.ts";
import { fieldText, type PodAddresses, resourceText } from "../environment/downward.ts";
import { type ContentSources, secretBytes } from "../environment/sources.ts";

interface File {
  readonly bytes: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
}
/** By path below the volume. */
export type Payload = Map<string, File>;

/** Makes a token for the pod's service account. */
export type TokenSource = (
  pod: Pod,
  request: { readonly audience?: string; readonly expirationSeconds?: number },
) => Promise<string>;

export interface PayloadSources {
  readonly contents: ContentSources;
  readonly addresses: (pod: Pod) => PodAddresses;
  readonly allocatable: () => Readonly<Record<string, string>>;
  readonly token?: TokenSource;
}

const defaultMode = 0o644;

/** @returns undefined when the volume is of another type @throws Error with upstream's text when a source is missing */
export async function payloadOf(pod: Pod, volume: Volume, sources: PayloadSources): Promise<Payload | undefined> {
  const out: Payload = new Map();
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap)
    await addConfigMap(out, pod, configMap.name ?? "", configMap, configMap.defaultMode ?? defaultMode, sources);
  else if (secret)
    await addSecret(out, pod, secret.secretName ?? "", secret, secret.defaultMode ?? defaultMode, sources);
  else if (downwardAPI) addDownward(out, pod, downwardAPI, downwardAPI.defaultMode ?? defaultMode, sources);
  else if (projected) await addProjected(out, pod, projected, sources);
  else return undefined;
  return out;
}

async function addProjected(
  out: Payload,
  pod: Pod,
  projected: ProjectedVolumeSource,
  sources: PayloadSources,
): Promise<void> {
  const mode = projected.defaultMode ?? defaultMode;
  for (const { configMap, secret, downwardAPI, serviceAccountToken, ...others } of projected.sources ?? []) {
    if (configMap) await addConfigMap(out, pod, configMap.name ?? "", configMap, mode, sources);
    else if (secret) await addSecret(out, pod, secret.name ?? "", secret, mode, sources);
    else if (downwardAPI) addDownward(out, pod, downwardAPI, mode, sources);
    else if (serviceAccountToken) {
      if (!sources.token) throw new Error("this node cannot make service account tokens");
      const { audience, expirationSeconds, path } = serviceAccountToken;
      const token = await sources.token(pod, {
        ...(audience ? { audience } : {}),
        ...(expirationSeconds ? { expirationSeconds } : {}),
      });
      add(out, path, Buffer.from(token), 0o600 | (mode & 0o077));
    } else throw new Error(`projected source "${Object.keys(others)[0] ?? ""}" is not supported`);
  }
}

interface Selection {
  readonly items?: readonly KeyToPath[];
  readonly optional?: boolean;
}

async function addConfigMap(
  out: Payload,
  pod: Pod,
  name: string,
  selection: Selection,
  mode: number,
  { contents }: PayloadSources,
): Promise<void> {
  const found = await contents.configMap(pod.metadata?.namespace ?? "", name);
  if (!found && !selection.optional) throw new Error(`configmap "${name}" not found`);
  const files = new Map<string, Uint8Array>();
  for (const [key, text] of Object.entries(found?.data ?? {})) files.set(key, Buffer.from(text));
  for (const [key, text] of Object.entries(found?.binaryData ?? {})) files.set(key, secretBytes(text));
  select(out, files, selection, mode, "configmap references non-existent config key");
}

async function addSecret(
  out: Payload,
  pod: Pod,
  name: string,
  selection: Selection,
  mode: number,
  { contents }: PayloadSources,
): Promise<void> {
  const found = await contents.secret(pod.metadata?.namespace ?? "", name);
  if (!found && !selection.optional) throw new Error(`secret "${name}" not found`);
  const files = new Map(Object.entries(found?.data ?? {}).map(([key, value]) => [key, secretBytes(value)]));
  select(out, files, selection, mode, "references non-existent secret key");
}

function select(
  out: Payload,
  files: ReadonlyMap<string, Uint8Array>,
  { items, optional }: Selection,
  mode: number,
  missing: string,
): void {
  if (!items?.length) {
    for (const [key, bytes] of files) add(out, key, bytes, mode);
    return;
  }
  for (const item of items) {
    const bytes = files.get(item.key);
    if (bytes) add(out, item.path, bytes, item.mode ?? mode);
    else if (!optional) throw new Error(`${missing}: ${item.key}`);
  }
}

function addDownward(
  out: Payload,
  pod: Pod,
  { items = [] }: { readonly items?: NonNullable<Volume["downwardAPI"]>["items"] },
  mode: number,
  { addresses, allocatable }: PayloadSources,
): void {
  for (const { path, fieldRef, resourceFieldRef, mode: ownMode } of items) {
    let text = "";
    if (fieldRef) text = fieldText(fieldRef, pod, addresses(pod));
    else if (resourceFieldRef) {
      const container = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find(
        (c) => c.name === resourceFieldRef.containerName,
      );
      if (!container) throw new Error(`container ${resourceFieldRef.containerName} not found`);
      text = resourceText(resourceFieldRef, container, allocatable());
    }
    add(out, path, Buffer.from(text), ownMode ?? mode);
  }
}

function add(out: Payload, path: string, bytes: Uint8Array, mode: number): void {
  if (path.startsWith("/") || path.split("/").includes("..")) throw new Error(`invalid path ${JSON.stringify(path)}`);
  out.set(path, { bytes, mode });
}
