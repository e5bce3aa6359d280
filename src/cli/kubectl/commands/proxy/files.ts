/** Files of a folder, as `--www` serves them (Go's `http.FileServer`). */
import { createReadStream, existsSync, readdirSync, statSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { extname, join, normalize } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".gif": "image/gif",
  ".htm": "text/html; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webp": "image/webp",
  ".xml": "text/xml; charset=utf-8",
};

/** @param path below the prefix, decoded, with its leading slash @param search with its question mark */
export function serveFile(folder: string, path: string, search: string, response: ServerResponse): void {
  // A path with dots in it ends at the folder, not above it.
  const inside = normalize(`/${path}`);
  const file = join(folder, inside).replace(/(?<=.)\/$/, "");
  const stat = statSync(file, { throwIfNoEntry: false });
  const index = join(file, "index.html");
  const name = (back: number) => inside.split("/").at(back) ?? "";
  if (!stat) plainText(response, 404, "404 page not found");
  else if (inside.endsWith("/index.html")) redirect(response, `./${search}`);
  else if (stat.isDirectory() && !path.endsWith("/")) redirect(response, `${name(-1)}/${search}`);
  else if (stat.isDirectory()) {
    if (existsSync(index)) send(index, response);
    else listing(file, response);
  } else if (path.endsWith("/")) redirect(response, `../${name(-2)}${search}`);
  else send(file, response);
}

export function plainText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" });
  response.end(`${text}\n`);
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(301, { location });
  response.end();
}

function send(file: string, response: ServerResponse): void {
  const { size, mtime } = statSync(file);
  response.writeHead(200, {
    "content-type": types[extname(file).toLowerCase()] ?? "application/octet-stream",
    "content-length": size,
    "last-modified": mtime.toUTCString(),
  });
  createReadStream(file)
    .once("error", () => response.destroy())
    .pipe(response);
}

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
};

function listing(folder: string, response: ServerResponse): void {
  const links = readdirSync(folder, { withFileTypes: true })
    .map((entry) => entry.name + (entry.isDirectory() ? "/" : ""))
    .sort()
    .map((name) => {
      const href = encodeURI(name).replace(/[?#]/g, (c) => encodeURIComponent(c));
      return `<a href="${href}">${name.replace(/[&<>"']/g, (c) => escapes[c] as string)}</a>\n`;
    });
  response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
  response.end(
    `<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n${links.join("")}</pre>\n`,
  );
}
