import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pack } from "tar-stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemRandom } from "../base/clock.ts";
import type { BuildRunner, ImageStore } from "../node/images/index.ts";
import { nodeImages } from "./node-images.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "wherry-images-"));
  mkdirSync(join(dir, "outside"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test.each([
  ["by its name", [{ name: "../outside/x" }]],
  ["by an absolute name", [{ name: "/outside/x" }]],
  ["through a link", [{ name: "link", linkname: "../../outside" }, { name: "link/x" }]],
  ["through a link of its own name", [{ name: "x", linkname: "../../outside/x" }, { name: "x" }]],
])("a build context does not lead out %s, and is gone", async (_, members: { name: string; linkname?: string }[]) => {
  const scratch = join(dir, "scratch");
  const images = nodeImages({
    store: {} as ImageStore,
    runner: {} as BuildRunner,
    scratch,
    random: systemRandom,
  });
  const archive = pack();
  for (const { name, linkname } of members) {
    if (linkname) archive.entry({ name, linkname, type: "symlink" });
    else archive.entry({ name }, "x");
  }
  archive.finalize();
  const building = images.build?.(Readable.from(archive, { objectMode: false }), {
    tag: "x",
    output: () => {},
    signal: new AbortController().signal,
  });
  await expect(building).rejects.toThrow(/^the build context names a path outside of it: /);
  expect([readdirSync(join(dir, "outside")), existsSync("/outside"), readdirSync(scratch)]).toEqual([[], false, []]);
});
