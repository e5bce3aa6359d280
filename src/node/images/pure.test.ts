import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemClock, systemRandom } from "../../base/clock.ts";
import { expand, parseDockerfile, splitWords } from "./dockerfile.ts";
import { ignoreRules } from "./dockerignore.ts";
import { normalise } from "./reference.ts";
import { ImageFiles } from "./store.ts";
import { decompress } from "./streams.ts";
import { memberParts } from "./tar.ts";
import { LayeredTree } from "./tree.ts";
import { lookupUser } from "./users.ts";

describe("references", () => {
  test.each([
    ["nginx", "docker.io/library/nginx:latest"],
    ["nginx:1.27", "docker.io/library/nginx:1.27"],
    ["axel/app", "docker.io/axel/app:latest"],
    ["index.docker.io/library/nginx", "docker.io/library/nginx:latest"],
    ["docker.io/nginx", "docker.io/library/nginx:latest"],
    ["localhost/app", "localhost/app:latest"],
    ["127.0.0.1:5000/app:1", "127.0.0.1:5000/app:1"],
    [`example.com/a@sha256:${"a".repeat(64)}`, `example.com/a@sha256:${"a".repeat(64)}`],
  ])("%s is %s", (text, expected) => expect(normalise(text)).toBe(expected));

  test.each(["", "Nginx", "a b", "app:", "app:bad tag", "-x", "a//b", "app@sha256:123"])("%j is refused", (text) => {
    expect(() => normalise(text)).toThrow(/invalid reference format/);
  });
});

describe("a Dockerfile", () => {
  test("has continuations, comments between them, flags and JSON arguments", () => {
    const parsed = parseDockerfile(
      '# c\nFROM a\nRUN one \\\n# between\n  two\n\nCOPY --from=b ["x y", "/z"]\ncmd ["a"]\n',
    );
    expect(parsed).toMatchObject([
      { line: 2, name: "FROM", text: "a" },
      { line: 3, name: "RUN", text: "one   two" },
      { line: 7, name: "COPY", flags: { from: "b" }, json: ["x y", "/z"] },
      { line: 8, name: "CMD", json: ["a"] },
    ]);
  });

  test.each([
    ["FROM a\nONBUILD RUN x", "Dockerfile:2: the instruction ONBUILD is not supported"],
    ["FROM", "Dockerfile:1: FROM needs an argument"],
    ["FROM --platform=linux/amd64 a", "Dockerfile:1: the flag --platform of FROM is not supported"],
    ["FROM a\nRUN <<EOF\nx\nEOF", "Dockerfile:2: here-documents (RUN <<…) are not supported"],
  ])("%j is refused: %s", (text, message) => expect(() => parseDockerfile(text)).toThrow(message));

  test("substitutes variables", () => {
    const variables = new Map([
      ["A", "1"],
      ["EMPTY", ""],
    ]);
    expect(expand("$A ${A}b ${NONE:-x} ${EMPTY:-y} ${A:+z} ${NONE:+n} \\$A $NONE.", variables, 1)).toBe(
      "1 1b x y z  $A .",
    );
    expect(() => expand("${A%x}", variables, 4)).toThrow("Dockerfile:4: the substitution ${A%x} is not supported");
  });

  test("splits words as a shell does", () => {
    expect(splitWords(`a "b c" d\\ e 'f "g' ""`, 1)).toEqual(["a", "b c", "d e", 'f "g', ""]);
    expect(() => splitWords('"open', 3)).toThrow("Dockerfile:3: a quote");
  });
});

test(".dockerignore: the last line that matches decides", () => {
  const ignored = ignoreRules("# c\n*.log\n/build\n**/node_modules\n!keep.log\nsrc/*.tmp\n");
  const cases = {
    "a.log": true,
    "keep.log": false,
    "sub/a.log": false,
    "build/x": true,
    "a/b/node_modules/c": true,
    node_modules: true,
    "src/a.tmp": true,
    "src/x/a.tmp": false,
  };
  for (const [path, expected] of Object.entries(cases)) expect([path, ignored(path)]).toEqual([path, expected]);
});

test("a member's name cannot lead out", () => {
  expect(memberParts("./a//b/")).toEqual(["a", "b"]);
  expect(memberParts("/etc/passwd")).toEqual(["etc", "passwd"]);
  expect(() => memberParts("a/../../b")).toThrow("outside");
});

test("zstd and plain streams are told by their first bytes", async () => {
  const text = async (bytes: Uint8Array) => {
    const parts: Uint8Array[] = [];
    // One byte at a time: the beginning may come in pieces.
    const source = (async function* () {
      for (const byte of bytes) yield Uint8Array.of(byte);
    })();
    for await (const part of decompress(source)) parts.push(part);
    return Buffer.concat(parts).toString();
  };
  // What `printf hello | zstd` writes.
  const zstd = Buffer.from("28b52ffd045829000068656c6c6fa36d9f88", "hex");
  expect(await text(zstd)).toBe("hello");
  expect(await text(Buffer.from("abc"))).toBe("abc");
  expect(await text(Buffer.alloc(0))).toBe("");
});

test("what was left half written goes after a day, and so do layers without an image", () => {
  const dir = mkdtempSync(join(tmpdir(), "wherry-store-"));
  const files = new ImageFiles(dir, systemRandom);
  const layer = (name: string) => {
    mkdirSync(files.layerPath(name));
    writeFileSync(join(files.layerPath(name), "file"), "");
  };
  for (const name of ["used", "unused"]) layer(name);
  writeFileSync(`${files.layerPath("used")}.owners`, "");
  mkdirSync(files.temporary());
  const config = { architecture: "amd64", os: "linux", config: {}, rootfs: { type: "layers", diff_ids: [] } } as const;
  files.writeImage({ id: `sha256:${"1".repeat(64)}`, config, layers: ["used"], sizeBytes: 0, createdAt: 0 });
  const now = systemClock.now();
  files.collectGarbage(now);
  expect(readdirSync(join(dir, "layers"))).toEqual(["unused", "used", "used.owners"]);
  files.collectGarbage(now + 25 * 3600 * 1000);
  expect(readdirSync(join(dir, "layers"))).toEqual(["used", "used.owners"]);
  expect(readdirSync(join(dir, "temporary"))).toEqual([]);
  rmSync(dir, { recursive: true });
});

describe("a tree of layers", () => {
  const root = mkdtempSync(join(tmpdir(), "wherry-tree-"));
  const [top, low] = [join(root, "top"), join(root, "low")];
  for (const dir of ["top/etc", "low/etc", "low/usr/bin"]) mkdirSync(join(root, dir), { recursive: true });
  writeFileSync(join(low, "etc/passwd"), "root:x:0:0::/root:/bin/sh\napp:x:7:8::/home/app:/bin/sh\n");
  writeFileSync(join(low, "etc/group"), "root:x:0:\nextra:x:99:app,other\n");
  writeFileSync(join(low, "usr/bin/tool"), "tool");
  symlinkSync("usr/bin", join(low, "bin"));
  symlinkSync("/../../../../etc/shadow", join(top, "etc/out"));
  symlinkSync("loop", join(top, "loop"));
  const tree = new LayeredTree([top, low]);

  test("shows them as one, links followed inside", () => {
    expect(tree.readText("/bin/tool")).toBe("tool");
    expect(tree.children(["etc"])).toEqual(["group", "out", "passwd"]);
    expect(tree.resolve("/etc/out")).toBeUndefined();
    expect(tree.resolve("/loop")).toBeUndefined();
    expect(tree.canonical("/bin/new/file")).toEqual(["usr", "bin", "new", "file"]);
  });

  test("knows the image's users", () => {
    expect(lookupUser(tree, "app")).toEqual({ uid: 7, gid: 8, groups: [99], home: "/home/app" });
    expect(lookupUser(tree, "7:extra")).toMatchObject({ uid: 7, gid: 99 });
    expect(lookupUser(tree, "1234")).toEqual({ uid: 1234, gid: 0, groups: [], home: "/" });
    expect(lookupUser(tree, "")).toMatchObject({ uid: 0, home: "/root" });
    expect(() => lookupUser(tree, "nobody")).toThrow("unable to find user nobody: no matching entries in passwd file");
    rmSync(root, { recursive: true });
  });
});
