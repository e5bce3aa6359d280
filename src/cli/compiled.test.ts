import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { CompiledFiles, compiledFolder } from "./compiled.ts";

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true });
});

interface Bundle {
  readonly first: string;
  readonly folder: string;
  /** Loads the bundle as a new process would. */
  start(): { readonly files: CompiledFiles; readonly answer: number };
}

function bundle(): Bundle {
  const dir = mkdtempSync(join(tmpdir(), "wherry-compiled-"));
  dirs.push(dir);
  mkdirSync(join(dir, "chunks"));
  const first = join(dir, "main-AAAA.cjs");
  const write = (path: string, code: string) =>
    writeFileSync(path, `(function (exports, require, module, __filename) { ${code} })`);
  write(first, `const { half } = require("./chunks/half-AAAA.cjs"); exports.answer = () => 2 * half();`);
  write(
    join(dir, "chunks", "half-AAAA.cjs"),
    `const { readFileSync } = require("node:fs"); exports.half = () => (typeof readFileSync === "function" ? 21 : 0);`,
  );
  const folder = compiledFolder({ XDG_CACHE_HOME: join(dir, "cache") }, ["get"]);
  const start = () => {
    const files = new CompiledFiles(folder, createRequire(import.meta.url));
    const { answer } = files.load(first) as { answer(): number };
    return { files, answer: answer() };
  };
  return { first, folder, start };
}

test("what was compiled is kept, for its owner alone, and used the next time", () => {
  const { folder, start } = bundle();
  const { files, answer } = start();
  expect(answer).toBe(42);
  files.keep();
  expect(readdirSync(folder).sort()).toEqual(["half-AAAA.cjs", "main-AAAA.cjs"]);
  for (const name of readdirSync(folder)) {
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    utimesSync(join(folder, name), 1000, 1000);
  }
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  const again = start();
  expect(again.answer).toBe(42);
  again.files.keep();
  // Were one of them not used, all would have been written again.
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mtimeMs).toBe(1_000_000);
});

test.each([
  ["is not V8's", () => Buffer.from("not what V8 wrote")],
  ["breaks off", (whole: Buffer) => whole.subarray(0, whole.length / 2)],
  ["has a byte that is another", (whole: Buffer) => whole.fill(whole[200] === 0 ? 1 : 0, 200, 201)],
  ["is empty", () => Buffer.alloc(0)],
])("what %s is compiled again, and replaced", (_, broken) => {
  const { folder, start } = bundle();
  start().files.keep();
  const paths = readdirSync(folder).map((name) => join(folder, name));
  for (const path of paths) writeFileSync(path, broken(readFileSync(path)));
  const { files, answer } = start();
  expect(answer).toBe(42);
  files.keep();
  for (const path of paths) utimesSync(path, 1000, 1000);
  start().files.keep();
  for (const path of paths) expect(statSync(path).mtimeMs).toBe(1_000_000);
});

test("a folder that others can write to is neither read nor written", () => {
  const { folder, start } = bundle();
  start().files.keep();
  for (const name of readdirSync(folder)) writeFileSync(join(folder, name), "from somebody else");
  chmodSync(folder, 0o777);
  const { files, answer } = start();
  expect(answer).toBe(42);
  files.keep();
  for (const name of readdirSync(folder)) expect(readFileSync(join(folder, name), "utf8")).toBe("from somebody else");
});

test("where nothing can be kept, it runs all the same", () => {
  const { first } = bundle();
  const files = new CompiledFiles(join(first, "below a file"), createRequire(import.meta.url));
  const { answer } = files.load(first) as { answer(): number };
  expect(answer()).toBe(42);
  files.keep();
});

test("what builds and versions of long ago have left is removed", () => {
  const { folder, start } = bundle();
  mkdirSync(join(folder, "..", "older"), { recursive: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, "half-0000.cjs"), "");
  utimesSync(join(folder, "half-0000.cjs"), 1000, 1000);
  utimesSync(join(folder, "..", "older"), 1000, 1000);
  start().files.keep();
  expect(readdirSync(folder).sort()).toEqual(["half-AAAA.cjs", "main-AAAA.cjs"]);
  expect(readdirSync(join(folder, ".."))).toHaveLength(1);
});

test("each command has a folder of its own, but not each thing that is typed", () => {
  const of = (...argv: string[]) => basename(compiledFolder({ HOME: "/home/me" }, argv));
  expect(compiledFolder({ HOME: "/home/me" }, ["get"])).toMatch(/^\/home\/me\/\.cache\/wherry\/compiled\/[^/]+-get$/);
  expect(of("get", "pods")).toBe(of("get"));
  expect(new Set([of("get"), of("apply"), of()]).size).toBe(3);
  for (const argv of [["-n", "kube-system"], ["../../x"], ["GET"], ["a/b"], ["."]]) expect(of(...argv)).toBe(of());
});
