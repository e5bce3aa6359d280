/** `wherry image`: images on the cluster's nodes, through the API server. */
import { createReadStream, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { createHttpClient } from "../client/http/client.ts";
import { createRestClient, errorOf, type RestClient, readJson, readText } from "../client/http/rest.ts";
import { lines } from "../client/http/watch.ts";
import { nodes as nodeKind } from "../client/kinds.ts";
import { kubeconfigPaths, loadKubeconfig, resolveContext } from "../client/kubeconfig.ts";
import type { CliIo } from "./io.ts";
import { alignColumns } from "./kubectl/print/table.ts";
import { packTree } from "./pack.ts";

/** What the Dockerfile is called in the context that is sent, whatever its name is here. */
const dockerfileName = "Dockerfile";

interface Target {
  readonly name: string;
}

interface Image {
  readonly id: string;
  readonly tags: readonly string[];
  readonly sizeBytes: number;
  readonly createdAt: number;
}

/** Works on a node of the cluster; all nodes on one machine share their images. */
async function withNode<T>(
  { name }: Target,
  io: CliIo,
  work: (rest: RestClient, base: string) => Promise<T>,
): Promise<T> {
  const config = await loadKubeconfig(kubeconfigPaths(io.env));
  if (!config.contexts?.some((c) => c.name === name)) {
    throw new Error(
      `there is no context "${name}" in the kubeconfig; start the cluster with: wherry up --name ${name}`,
    );
  }
  const rest = await createRestClient((await resolveContext(config, "wherry", { context: name })).rest);
  try {
    const { items } = await createHttpClient(rest).list(nodeKind);
    const isReady = (node: (typeof items)[number]) =>
      node.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True");
    const node = items.find(isReady);
    if (!node) throw new Error(`no node of cluster "${name}" is Ready`);
    return await work(rest, `/api/v1/nodes/${node.metadata?.name}/proxy/wherry/images`);
  } finally {
    rest.close();
  }
}

async function post<T>(rest: RestClient, path: string, body?: Readable): Promise<T> {
  const response = await rest.send({
    method: "POST",
    path,
    headers: { "content-type": "application/octet-stream" },
    ...(body ? { body } : {}),
  });
  return readJson<T>(response);
}

export async function load(file: string, target: Target, io: CliIo): Promise<number> {
  if (!existsSync(file)) throw new Error(`${file} does not exist`);
  const loaded = await withNode(target, io, async (rest, base) => {
    const archive = statSync(file).isDirectory() ? packTree(file) : createReadStream(file);
    try {
      return (await post<{ loaded: string[] }>(rest, `${base}/load`, archive)).loaded;
    } catch (error) {
      throw new Error((error as Error).message.replace("cannot load the archive", `cannot load ${file}`));
    }
  });
  for (const reference of loaded) io.stdout.write(`Loaded image: ${reference}\n`);
  return 0;
}

export interface BuildFlags extends Target {
  readonly tag: string;
  readonly file?: string;
  readonly buildArg?: readonly string[];
}

export async function build(directory: string, flags: BuildFlags, io: CliIo): Promise<number> {
  const dockerfile = flags.file ?? join(directory, "Dockerfile");
  for (const path of [directory, dockerfile]) if (!existsSync(path)) throw new Error(`${path} does not exist`);
  const query = new URLSearchParams({ tag: flags.tag, dockerfile: dockerfileName });
  for (const argument of flags.buildArg ?? []) {
    if (!/^[A-Za-z_]\w*=/.test(argument)) throw new Error(`--build-arg ${argument}: expected KEY=VALUE`);
    query.append("buildarg", argument);
  }
  return withNode(flags, io, async (rest, base) => {
    const context = packTree(directory, { name: dockerfileName, file: dockerfile });
    const headers = { "content-type": "application/x-tar" };
    const response = await rest.send({ method: "POST", path: `${base}/build?${query}`, headers, body: context });
    if (response.status >= 400) throw errorOf(response.status, await readText(response));
    for await (const line of lines(response.body)) {
      const event = JSON.parse(line) as { output?: string; error?: string; image?: string; tags?: string[] };
      if (event.error !== undefined) throw new Error(event.error);
      if (event.output !== undefined) io.stderr.write(event.output);
      if (event.image !== undefined) io.stdout.write(`Built image: ${event.tags?.join(", ") || event.image}\n`);
    }
    return 0;
  });
}

export async function pull(reference: string, target: Target, io: CliIo): Promise<number> {
  const image = await withNode(target, io, (rest, base) =>
    post<Image>(rest, `${base}/pull?reference=${encodeURIComponent(reference)}`),
  );
  io.stdout.write(`Pulled image: ${image.tags[0] ?? reference} (${shortId(image)})\n`);
  return 0;
}

export async function list(target: Target, io: CliIo): Promise<number> {
  const { images } = await withNode(target, io, async (rest, base) =>
    readJson<{ images: Image[] }>(await rest.send({ method: "GET", path: base })),
  );
  const rows = images
    .flatMap((image) => (image.tags.length > 0 ? image.tags : ["<none>"]).map((tag) => ({ tag, image })))
    .sort((a, b) => (a.tag < b.tag ? -1 : 1))
    .map(({ tag, image }) => [tag, shortId(image), `${(image.sizeBytes / 1_000_000).toFixed(1)} MB`]);
  io.stdout.write(alignColumns([["IMAGE", "ID", "SIZE"], ...rows]));
  return 0;
}

export async function remove(reference: string, target: Target, io: CliIo): Promise<number> {
  await withNode(target, io, async (rest, base) => {
    const path = `${base}?reference=${encodeURIComponent(reference)}`;
    await readJson(await rest.send({ method: "DELETE", path }));
  });
  io.stdout.write(`Removed image: ${reference}\n`);
  return 0;
}

const shortId = ({ id }: Image) => id.replace(/^sha256:/, "").slice(0, 12);
