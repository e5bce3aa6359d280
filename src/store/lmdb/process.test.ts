/** What only another process can show: a writer that is killed, and a disk that is full. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSeededRandom } from "../../testing/virtual-clock.ts";
import { openLmdbStore } from "./lmdb.ts";

const root = join(import.meta.dirname, "../../..");
let scratch: string;

/** Writes to 8 keys at once and says what is acknowledged: `key count revision`. Every fifth write of a key deletes it. */
const writer = `
import { writeSync } from "node:fs";
import { openLmdbStore } from "./store/lmdb/lmdb.js";
const store = await openLmdbStore(process.argv[2]);
writeSync(1, "open " + store.progress() + "\\n");
await Promise.all(Array.from({ length: 8 }, async (_, w) => {
  const key = "/k/" + w;
  let entry = await store.get(key);
  let n = Number((await store.get("/n/" + w))?.value.toString() ?? 0);
  let counter = await store.get("/n/" + w);
  for (;;) {
    n++;
    counter = await store.commit("/n/" + w, counter?.modRevision ?? 0, Buffer.from(String(n)));
    let revision;
    if (n % 5 === 0 && entry) {
      revision = await store.delete(key, entry.modRevision);
      entry = undefined;
    } else {
      entry = await store.commit(key, entry?.modRevision ?? 0, Buffer.from(n + " ".repeat(n % 3000)));
      revision = entry.modRevision;
    }
    writeSync(1, w + " " + n + " " + revision + "\\n");
    if (n % 50 === 0) await store.compact(revision - 20);
  }
}));
`;

/** Commits until it fails, makes room, commits once more; says what happened as one line of JSON. */
const filler = `
import { rmSync } from "node:fs";
import { openLmdbStore } from "./store/lmdb/lmdb.js";
const [, , dir, ballast] = process.argv;
const store = await openLmdbStore(dir);
let written = 0;
let problem;
while (!problem) {
  await store.commit("/k/" + written, 0, Buffer.alloc(2000)).then(() => written++, (error) => { problem = error; });
}
const again = await store.commit("/k/again", 0, Buffer.alloc(2000)).catch((error) => error);
const visible = await store.count("/k/");
const compaction = await store.compact(store.progress()).then(() => "done", (error) => error.name);
rmSync(ballast);
const after = await store.commit("/k/after", 0, Buffer.alloc(2000));
console.log(JSON.stringify({ written, visible, revision: after.modRevision, problem: problem.name + ": " + problem.message, again: again.name, compaction }));
await store.close();
`;

beforeAll(() => {
  const cache = join(root, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  scratch = mkdtempSync(join(cache, "wherry-store-"));
  writeFileSync(join(scratch, "package.json"), '{"type":"module"}');
  writeFileSync(join(scratch, "writer.js"), writer);
  writeFileSync(join(scratch, "filler.js"), filler);
  const flags = "--module nodenext --target es2023 --rewriteRelativeImportExtensions --skipLibCheck --types node".split(
    " ",
  );
  execFileSync(
    process.execPath,
    [
      join(root, "node_modules/typescript/bin/tsc"),
      ...["--ignoreConfig", "--outDir", scratch, "--rootDir", join(root, "src"), ...flags],
      join(root, "src/store/lmdb/lmdb.ts"),
    ],
    { cwd: root },
  );
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test("a writer killed 50 times loses nothing that it acknowledged, and the revision never goes back", async () => {
  const dir = join(scratch, "killed");
  const random = createSeededRandom(7);
  const acknowledged = new Map<string, { n: number; revision: number }>();
  let newest = 1;
  for (let round = 0; round < 50; round++) {
    const child = spawn(process.execPath, [join(scratch, "writer.js"), dir], { stdio: ["ignore", "pipe", "inherit"] });
    const exited = once(child, "exit");
    const enough = Math.floor(random.next() * 120);
    let seen = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const [w = "", n, revision] = line.split(" ");
      if (w === "open") {
        expect(Number(n)).toBeGreaterThanOrEqual(newest);
        newest = Number(n);
      } else {
        acknowledged.set(w, { n: Number(n), revision: Number(revision) });
        newest = Math.max(newest, Number(revision));
      }
      if (seen++ === enough) child.kill("SIGKILL");
    }
    expect(await exited).toEqual([null, "SIGKILL"]);

    const store = await openLmdbStore(dir);
    expect(store.progress()).toBeGreaterThanOrEqual(newest);
    newest = store.progress();
    for (const [w, { n, revision }] of acknowledged) {
      const entry = await store.get(`/k/${w}`);
      const count = Number(Buffer.from((await store.get(`/n/${w}`))?.value ?? []).toString());
      expect(count).toBeGreaterThanOrEqual(n);
      if (entry) {
        expect(entry.modRevision).toBeGreaterThanOrEqual(revision);
        expect(Number(Buffer.from(entry.value).toString().trim())).toBeGreaterThanOrEqual(n);
      } else {
        // Absent: its last write was a deletion, this one or the next.
        expect([n % 5, count % 5]).toContain(0);
      }
    }
    await store.close();
  }
});

test("a full disk fails writes with one clear error, keeps what was written, and heals", async () => {
  // A file system of 3 MB that the child alone sees.
  const mount = join(scratch, "small");
  mkdirSync(mount);
  const script = `mount -t tmpfs -o size=3m none "$1" && head -c 1000000 /dev/zero > "$1/ballast" && exec "$2" "$3" "$1/db" "$1/ballast"`;
  const out = execFileSync(
    "unshare",
    ["-Urm", "sh", "-c", script, "sh", mount, process.execPath, join(scratch, "filler.js")],
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
  );
  const result = JSON.parse(out);
  expect(result.written).toBeGreaterThan(100);
  expect(result).toEqual({
    written: result.written,
    visible: result.written,
    revision: result.written + 2,
    problem: "StoreFullError: no space left to store the write: no space left on device",
    again: "StoreFullError",
    compaction: expect.stringMatching(/^(done|StoreFullError)$/),
  });
});
