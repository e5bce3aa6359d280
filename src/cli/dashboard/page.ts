/** The built page, as files of one directory. */
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { pageHeaders, sendWords } from "./respond.ts";

/** Where the build puts the page. */
export const builtPage = fileURLToPath(new URL("../../dashboard", import.meta.url));

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/** What the build names after its content stays the same for ever. */
const isHashed = (path: string) => /^\/assets\/.*-[\w-]{8}\.\w+$/.test(path);
const isPacked = (extension: string) => extension === ".png" || extension === ".woff2";

const zip = promisify(gzip);
const brotli = promisify(brotliCompress);
/** Files this small are not worth it. */
const compressAbove = 1024;

async function encoded(body: Buffer, accepted: string): Promise<{ encoding?: string; body: Buffer }> {
  const takes = (name: string) => accepted.split(",").some((part) => part.split(";", 1)[0]?.trim() === name);
  if (body.length <= compressAbove) return { body };
  if (takes("br")) {
    const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };
    return { encoding: "br", body: await brotli(body, options) };
  }
  return takes("gzip") ? { encoding: "gzip", body: await zip(body) } : { body };
}

/** Serves a file; an address that is none, and that a person opens, is one of the page's own and gets the page. */
export async function servePage(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  directory: string,
): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    return sendWords(response, 405, "Not like this", `The page is read with GET, and not with ${request.method}.`);
  }
  // An absolute path that is normalized leads nowhere above.
  const named = join(directory, normalize(path));
  const wantsPage = String(request.headers.accept ?? "").includes("text/html");
  let file = named;
  let content = types[extname(named)] ? await readOrNothing(named) : undefined;
  if (!content && (path === "/" || wantsPage)) {
    file = join(directory, "index.html");
    content = await readOrNothing(file);
    if (!content) return sendWords(response, 500, "The page is missing", `There is no ${file} in this installation.`);
  }
  if (!content) return sendWords(response, 404, "Not here", `The dashboard has no ${path}.`);
  const accepted = isPacked(extname(file)) ? "" : String(request.headers["accept-encoding"] ?? "");
  const { encoding, body } = await encoded(content, accepted);
  response.writeHead(200, {
    ...pageHeaders,
    "content-type": types[extname(file)],
    "content-length": body.length,
    ...(encoding ? { "content-encoding": encoding } : {}),
    vary: "Accept-Encoding",
    "cache-control": file === named && isHashed(path) ? "private, max-age=31536000, immutable" : "no-store",
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

async function readOrNothing(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return undefined;
    throw error;
  }
}
