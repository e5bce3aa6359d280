/** Debian's docker-registry on loopback, and images made on the spot to push into it. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { librariesOf } from "../../src/node/images/base-image.ts";

export interface Registry {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** Pushes an image with a shell in it. @returns its digest */
  push(repository: string, tag: string, command: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

const sha256 = (data: string | Uint8Array) => `sha256:${createHash("sha256").update(data).digest("hex")}`;

/** @throws Error when docker-registry is not installed */
export async function startRegistry(): Promise<Registry> {
  const dir = mkdtempSync("/tmp/wh-registry-");
  const config = join(dir, "registry.json");
  writeFileSync(
    config,
    JSON.stringify({
      version: "0.1",
      storage: { filesystem: { rootdirectory: join(dir, "data") } },
      http: { addr: "127.0.0.1:0" },
    }),
  );
  const server = spawn("docker-registry", ["serve", config], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<void>((resolve) => server.once("close", () => resolve()));
  const address = await new Promise<string>((resolve, reject) => {
    let errors = "";
    server.stderr.on("data", (data) => {
      errors += data;
      const [, listens] = /listening on ([\d.]+:\d+)"/.exec(errors) ?? [];
      if (listens) resolve(listens);
    });
    server.once("error", reject);
    server.once("close", () => reject(new Error(`docker-registry ended: ${errors}`)));
  });
  const base = `http://${address}/v2`;
  const checked = async (response: Response) => {
    if (!response.ok) throw new Error(`${response.url}: ${response.status} ${await response.text()}`);
    return response;
  };
  const upload = async (repository: string, data: Uint8Array) => {
    const started = await checked(await fetch(`${base}/${repository}/blobs/uploads/`, { method: "POST" }));
    const location = new URL(started.headers.get("location") ?? "", base);
    location.searchParams.set("digest", sha256(data));
    const headers = { "content-type": "application/octet-stream" };
    await checked(await fetch(location, { method: "PUT", body: Buffer.from(data), headers }));
    return { size: data.length, digest: sha256(data) };
  };
  return {
    address,
    async push(repository, tag, command) {
      const layer = await shellLayer();
      const text = JSON.stringify({
        architecture: process.arch === "x64" ? "amd64" : process.arch,
        os: "linux",
        config: { Cmd: command, Env: ["FROM_IMAGE=yes", "PATH=/bin"] },
        rootfs: { type: "layers", diff_ids: [sha256(layer)] },
      });
      const type = "application/vnd.oci.image";
      const manifest = JSON.stringify({
        schemaVersion: 2,
        mediaType: `${type}.manifest.v1+json`,
        config: { mediaType: `${type}.config.v1+json`, ...(await upload(repository, Buffer.from(text))) },
        layers: [{ mediaType: `${type}.layer.v1.tar+gzip`, ...(await upload(repository, gzipSync(layer))) }],
      });
      const headers = { "content-type": `${type}.manifest.v1+json` };
      await checked(await fetch(`${base}/${repository}/manifests/${tag}`, { method: "PUT", body: manifest, headers }));
      return sha256(manifest);
    },
    async stop() {
      server.kill();
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** `/bin/sh` of this machine and its libraries, as a layer. */
async function shellLayer(): Promise<Buffer> {
  const shell = realpathSync("/bin/sh");
  const tar = pack();
  const add = (name: string, from: string) =>
    tar.entry({ name: name.replace(/^\//, ""), mode: 0o755, mtime: new Date(0) }, readFileSync(realpathSync(from)));
  add("/bin/sh", shell);
  for (const library of librariesOf([shell])) add(library, library);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
