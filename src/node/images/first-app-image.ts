/**
 * `wherry/first-app`, versions 1 to 3: a small HTTP server that names its version and its pod. It is there like the base
 * image, so that a first Deployment needs neither a registry nor a build.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ContainerIds } from "../machine/container-ids.ts";
import type { ImageConfig, ImageRecord } from "./config.ts";
import { chownTree } from "./ownership.ts";
import { type ImageFiles, sha256 } from "./store.ts";

export const firstAppVersions = [1, 2, 3] as const;

export const firstAppReference = (version: number): string => `docker.io/wherry/first-app:${version}`;

const source = fileURLToPath(new URL("../../../examples/first-app", import.meta.url));
const files = ["package.json", "server.js"];

/** What `examples/first-app/Dockerfile` makes of the base image. */
export function ensureFirstApp(
  store: ImageFiles,
  ids: ContainerIds,
  base: ImageRecord,
  version: number,
  now: number,
): void {
  const layer = sha256(files.map((name) => readFileSync(join(source, name), "utf8")).join("\0")).slice(7);
  if (!store.hasLayer(layer)) writeLayer(store, ids, layer);
  const { config } = base.config;
  const made: ImageConfig = {
    ...base.config,
    config: {
      ...config,
      Env: [...(config.Env ?? []), `APP_VERSION=${version}`],
      WorkingDir: "/app",
      User: "1000",
      ExposedPorts: { "8080/tcp": {} },
      Cmd: ["node", "server.js"],
    },
    rootfs: { type: "layers", diff_ids: [...base.config.rootfs.diff_ids, `sha256:${layer}`] },
    history: [...(base.config.history ?? []), { created_by: `wherry/first-app ${version}` }],
  };
  const id = sha256(JSON.stringify(made));
  const sizeBytes = base.sizeBytes + files.reduce((sum, name) => sum + statSync(join(source, name)).size, 0);
  if (!store.readImage(id))
    store.writeImage({ id, config: made, layers: [...base.layers, layer], sizeBytes, createdAt: now });
  store.tag(firstAppReference(version), id);
}

function writeLayer(store: ImageFiles, ids: ContainerIds, name: string): void {
  const root = store.temporary();
  try {
    mkdirSync(join(root, "app"), { recursive: true });
    for (const file of files) cpSync(join(source, file), join(root, "app", file));
    chownTree(root, ids);
    store.adoptLayer(root, name);
  } catch (error) {
    rmSync(root, { recursive: true, force: true });
    throw error;
  }
}
