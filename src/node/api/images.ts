/**
 * `/wherry/images`: the node's images, for `wherry image`.
 *
 * - `GET /wherry/images` answers `{"images": [ImageStatus…]}`
 * - `POST /wherry/images/load`, body a docker archive or an OCI layout in a tar: `{"loaded": [reference…]}`
 * - `POST /wherry/images/build?tag=T&dockerfile=F&buildarg=K=V`, body a tar of the context: lines of JSON,
 *   `{"output": text}` as it goes and at last `{"image": id, "tags": […]}` or `{"error": text}`
 * - `POST /wherry/images/pull?reference=R` answers the ImageStatus
 * - `DELETE /wherry/images?reference=R`
 */
import type { Readable } from "node:stream";
import { errorText } from "../event-text.ts";
import type { ImageService, ImageStatus } from "../runtime/runtime.ts";
import { AgentApiError, type AgentExchange, sendJson, write } from "./respond.ts";

/** What the image store of a node can do beside serving the runtime. Absent: not on this node. */
export interface NodeImages extends ImageService {
  /** @returns the references that were loaded @throws Error in one line, with nothing half-loaded */
  load?(archive: Readable): Promise<readonly string[]>;
  /** @param output receives the build's progress @throws Error in one line */
  build?(context: Readable, options: BuildRequest): Promise<ImageStatus>;
}

interface BuildRequest {
  readonly tag?: string;
  /** Path of the Dockerfile within the context. Default `Dockerfile`. */
  readonly dockerfile?: string;
  /** Values of ARG instructions. */
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly output: (text: string) => void;
  readonly signal: AbortSignal;
}

/** @param changed called when the set of images is another one */
export async function serveImages(exchange: AgentExchange, images: NodeImages, changed: () => void): Promise<void> {
  const { method, path, response } = exchange;
  switch (`${method} ${path.slice(2).join("/")}`) {
    case "GET ":
      return sendJson(response, 200, { images: await images.list() });
    case "DELETE ": {
      const reference = required(exchange, "reference");
      if (!(await images.find(reference))) throw new AgentApiError(404, `no such image: ${reference}`);
      await images.remove(reference);
      changed();
      return sendJson(response, 200, { removed: reference });
    }
    case "POST pull": {
      const image = await refusing(() => images.pull(required(exchange, "reference")));
      changed();
      return sendJson(response, 200, image);
    }
    case "POST load": {
      const { load } = images;
      if (!load) throw new AgentApiError(501, "this node cannot load images");
      const loaded = await refusing(() => load.call(images, exchange.request));
      changed();
      return sendJson(response, 200, { loaded });
    }
    case "POST build":
      await serveBuild(exchange, images);
      return changed();
    default:
      throw new AgentApiError(404, `no such path: ${method} /${path.join("/")}`);
  }
}

async function serveBuild(exchange: AgentExchange, images: NodeImages): Promise<void> {
  if (!images.build) throw new AgentApiError(501, "this node cannot build images");
  const { query, request, response, signal } = exchange;
  const tag = query.get("tag");
  const dockerfile = query.get("dockerfile");
  if (dockerfile && (dockerfile.startsWith("/") || dockerfile.split("/").includes("..")))
    throw new AgentApiError(400, `the Dockerfile ${JSON.stringify(dockerfile)} is not within the build context`);
  const buildArgs = Object.fromEntries(
    query.getAll("buildarg").map((arg) => [arg.split("=")[0], arg.split("=").slice(1).join("=")]),
  );
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  const say = (value: unknown) => write(exchange, Buffer.from(`${JSON.stringify(value)}\n`));
  try {
    const image = await images.build(request, {
      ...(tag ? { tag } : {}),
      ...(dockerfile ? { dockerfile } : {}),
      buildArgs,
      output: (text) => void say({ output: text }),
      signal,
    });
    await say({ image: image.id, tags: image.tags });
  } catch (error) {
    await say({ error: errorText(error) });
  }
  response.end();
}

const required = ({ query }: AgentExchange, name: string): string => {
  const value = query.get(name);
  if (!value) throw new AgentApiError(400, `the query parameter "${name}" is required`);
  return value;
};

/** What the store refuses is the caller's mistake, not the agent's. */
async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new AgentApiError(400, errorText(error));
  }
}
