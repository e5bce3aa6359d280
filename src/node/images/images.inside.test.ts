import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock, systemRandom } from "../../base/clock.ts";
import { silentLogger } from "../../base/logger.ts";
import { createLinuxRuntime, type LinuxRuntime } from "../runtime/linux/index.ts";
import { containerConfig, logText, sandboxConfig, statusOf } from "../runtime/runtime.conformance.ts";
import { createImageStore, directTransport, serveTransport, socketTransport } from "./index.ts";
import { sha256 } from "./store.ts";

/** A member of an archive that a test makes. */
interface TestMember {
  readonly name: string;
  readonly type?: "file" | "directory" | "symlink" | "link";
  readonly content?: string | Uint8Array;
  readonly linkname?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly mode?: number;
}

async function tarOf(members: readonly TestMember[]): Promise<Buffer> {
  const archive = pack();
  const chunks: Buffer[] = [];
  const reading = (async () => {
    for await (const chunk of archive) chunks.push(chunk as Buffer);
  })();
  for (const { content, ...header } of members)
    await new Promise<void>((resolve, reject) => {
      archive.entry({ ...header }, Buffer.from(content ?? ""), (error) => (error ? reject(error) : resolve()));
    });
  archive.finalize();
  await reading;
  return Buffer.concat(chunks);
}

// Runs inside a node's namespaces: linux.test.ts starts it there.
const dir = join(process.env.WHERRY_TEST_DIR as string, "images-suite");
mkdirSync(dir);
const transport = directTransport({ clock: systemClock, egress: false });
const images = createImageStore({ dir: join(dir, "images"), clock: systemClock, random: systemRandom, transport });
let runtime: LinuxRuntime;

beforeAll(async () => {
  runtime = await createLinuxRuntime({
    stateDir: join(dir, "runtime"),
    podCIDR: "10.244.0.0/24",
    nodeAddress: "100.64.0.1",
    images,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  });
});
afterAll(() => runtime.close());

const contextOf = (name: string, files: Record<string, string | Uint8Array>): string => {
  const root = join(dir, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
};
const build = async (name: string, files: Record<string, string | Uint8Array>, more: Record<string, unknown> = {}) => {
  let output = "";
  const onOutput = (text: string) => (output += text);
  const image = await images.build(
    { contextDir: contextOf(name, files), tags: [name], onOutput, ...more },
    runtime.buildRunner,
  );
  return { image, output };
};

/** Runs an image to its end and gives what it printed, with its exit code. */
const runImage = async (reference: string, more: Parameters<typeof containerConfig>[1] = {}) => {
  const sandbox = await runtime.runSandbox(sandboxConfig("run"));
  try {
    const id = await runtime.createContainer(sandbox, containerConfig(reference, more));
    await runtime.startContainer(id);
    const text = await logText(runtime, id, { follow: true });
    return { text, code: (await statusOf(runtime, id)).exitCode };
  } finally {
    await runtime.removeSandbox(sandbox);
  }
};
const hasRegistry = spawnSync("docker-registry", ["--version"]).error === undefined;
const single = readMap().every((line) => line.count < 65_536);

function readMap() {
  return execFileSync("cat", ["/proc/self/uid_map"], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => ({ count: Number(line.trim().split(/\s+/)[2]) }));
}

test("the example is there without a build, in three versions", async () => {
  expect(images.resolve("wherry/first-app:2")?.tags).toEqual(["docker.io/wherry/first-app:2"]);
  const { text, code } = await runImage("wherry/first-app:3", {
    command: [
      "node",
      "-e",
      "console.log(process.env.APP_VERSION, process.getuid(), process.cwd(), require('fs').readdirSync('.'))",
    ],
  });
  expect(text).toBe("3 1000 /app [ 'package.json', 'server.js' ]\n");
  expect(code).toBe(0);
  expect(images.resolve("wherry/first-app:4")).toBeUndefined();
  expect(images.resolve("wherry/first-app")).toBeUndefined();
});

describe("build", () => {
  test("every supported instruction shows in the container", async () => {
    const { image } = await build("app", {
      Dockerfile: [
        "ARG BASE=wherry/node",
        "FROM $BASE AS build",
        "WORKDIR /src",
        "COPY . .",
        'RUN echo "built $(read -r l <input.txt; echo $l)" >out.txt',
        "",
        "# a comment",
        "FROM wherry/node",
        "ARG WHO=world",
        "ENV GREETING=hello \\",
        "    NAME=${WHO}",
        'LABEL a=b "c d"="e f"',
        "WORKDIR /app",
        "COPY --from=build --chown=1000:1000 /src/ ./",
        "ADD pack.tar /unpacked/",
        "USER 1000",
        "EXPOSE 8080",
        'ENTRYPOINT ["sh", "-c"]',
        "CMD [\"read -r l <out.txt; echo $l; echo $GREETING $NAME; node -p 'process.getuid()'; pwd; echo *\"]",
      ].join("\n"),
      "input.txt": "input\n",
      "secret.env": "no",
      "pack.tar": await tarOf([{ name: "inner/file", content: "packed\n" }]),
      ".dockerignore": "*.env\nDockerfile\n.dockerignore\n",
    });
    expect(image.tags).toEqual(["docker.io/library/app:latest"]);
    expect(image.user).toBe("1000");
    const { text, code } = await runImage("app");
    expect(text).toBe("built input\nhello world\n1000\n/app\ninput.txt out.txt pack.tar\n");
    expect(code).toBe(0);
    const packed = await runImage("app", { command: ["sh", "-c", "read -r l </unpacked/inner/file; echo $l"] });
    expect(packed.text).toBe("packed\n");
    const config = images.resolve("app")?.config.config;
    expect(config).toMatchObject({ ExposedPorts: { "8080/tcp": {} }, Labels: { a: "b", "c d": "e f" } });
  });

  test("building again gives the same image and runs nothing", async () => {
    const files = { Dockerfile: "FROM wherry/node\nRUN echo running; echo x >/x\n" };
    const first = await build("again", files);
    const second = await build("again", files);
    expect(first.output).toContain("\nrunning\n");
    expect(second.output).not.toContain("\nrunning\n");
    expect(second.image.id).toBe(first.image.id);
  });

  test("FROM scratch starts with nothing", async () => {
    await build("empty", { Dockerfile: 'FROM scratch\nCOPY a /a\nCMD ["/a"]\n', a: "x" });
    await expect(runImage("empty")).rejects.toThrow('exec: "/a": permission denied');
    await expect(runImage("empty", { command: ["/b"] })).rejects.toThrow("no such file or directory");
  });

  test("the runtime leaves no trace of itself in a built image", async () => {
    await build("clean", { Dockerfile: "FROM wherry/node\nRUN echo 1 >/one\n" });
    const top = images.resolve("clean")?.directories[0] as string;
    expect(readdirSync(top).filter((name) => name !== "etc")).toEqual(["one"]);
  });

  test.each([
    ["FROM wherry/node\nVOLUME /data", "Dockerfile:2: the instruction VOLUME is not supported"],
    ["FROM wherry/node\n\nHEALTHCHECK NONE", "Dockerfile:3: the instruction HEALTHCHECK is not supported"],
    [
      "FROM wherry/node\nRUN --mount=type=cache,target=/c true",
      "Dockerfile:2: the flag --mount of RUN is not supported",
    ],
    ["FROM wherry/node\nCOPY nothere /x", 'Dockerfile:2: COPY: "nothere" is not in the build context'],
    ["FROM wherry/node\nADD https://example.com/x /x", "Dockerfile:2: ADD https://example.com/x: remote sources"],
    ["FROM not/here:1", "Dockerfile:1: the image not/here:1 is not here"],
    ["RUN true", "Dockerfile:1: RUN stands before the first FROM"],
    ["FROM wherry/node\nRUN exit 4", "Dockerfile:2: The command '/bin/sh -c exit 4' returned a non-zero code: 4"],
    ["FROM wherry/node\nCOPY --from=nobody /a /b", "Dockerfile:2: COPY --from=nobody"],
    ["", "Dockerfile:1: the file has no instructions"],
  ])("refuses %j in one line", async (dockerfile, message) => {
    const error = await build("bad", { Dockerfile: dockerfile }).catch((e: Error) => e);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain("\n");
    expect(await images.find("bad")).toBeUndefined();
    expect(readdirSync(join(dir, "images/temporary"))).toEqual([]);
  });

  test("a link in the context does not lead out of it", async () => {
    const root = contextOf("links", { Dockerfile: "FROM scratch\nCOPY passwd /x\n" });
    symlinkSync("/etc/passwd", join(root, "passwd"));
    await expect(images.build({ contextDir: root, tags: [] }, runtime.buildRunner)).rejects.toThrow(
      "not in the build context",
    );
  });
});

const config = (layers: readonly Uint8Array[], more: object = {}) =>
  JSON.stringify({
    architecture: "amd64",
    os: "linux",
    config: { Env: ["PATH=/usr/local/bin:/bin"], ...more },
    rootfs: { type: "layers", diff_ids: layers.map(sha256) },
  });

/** What `docker save` writes. */
const dockerArchive = async (reference: string, layers: readonly Uint8Array[], more: TestMember[] = []) => {
  const text = config(layers, { Cmd: ["sh"] });
  const manifest = [{ Config: "config.json", RepoTags: [reference], Layers: layers.map((_, i) => `${i}/layer.tar`) }];
  return tarOf([
    ...layers.map((layer, i) => ({ name: `${i}/layer.tar`, content: layer })),
    { name: "config.json", content: text },
    { name: "manifest.json", content: JSON.stringify(manifest) },
    ...more,
  ]);
};
const fileAt = (name: string, data: Uint8Array) => {
  const path = join(dir, name);
  writeFileSync(path, data);
  return path;
};
/** The layer of `wherry/node` as an archive, so that what is loaded can run. */
const baseLayer = (...exclude: string[]) => {
  const base = images.resolve("wherry/node")?.directories[0] as string;
  const options = ["--numeric-owner", "--owner=0", "--group=0", ...exclude.map((name) => `--exclude=${name}`)];
  return execFileSync("tar", ["-C", base, ...options, "-c", "."], { maxBuffer: 1 << 30 });
};

describe("load", () => {
  test("an archive of docker save, with whiteouts, opaque directories and hard links", async () => {
    const layers = [
      baseLayer("./usr/local/bin/node"),
      await tarOf([
        { name: "data/", type: "directory" },
        { name: "data/old/", type: "directory" },
        { name: "data/old/a", content: "a" },
        { name: "data/old/sub/x", content: "x" },
        { name: "data/gone", content: "gone" },
        { name: "data/kept", content: "kept\n" },
        { name: "link", type: "symlink", linkname: "/data" },
      ]),
      await tarOf([
        { name: "data/.wh.gone" },
        { name: "data/old/.wh..wh..opq" },
        { name: "data/old/b", content: "b" },
        { name: "link/through", content: "through\n" },
        { name: "data/hard", type: "link", linkname: "data/kept" },
      ]),
    ];
    for (const [name, compress] of [
      ["plain", (b: Uint8Array) => b],
      ["gzip", gzipSync],
    ] as const) {
      const file = fileAt(`${name}.tar`, compress(await dockerArchive(`loaded:${name}`, layers)));
      const [loaded] = await images.load(file);
      expect(loaded?.references).toEqual([`docker.io/library/loaded:${name}`]);
      const { text } = await runImage(`loaded:${name}`, {
        command: ["sh", "-c", "cd /data; echo * old/*; read -r l <hard; echo $l; read -r l <through; echo $l"],
      });
      expect(text).toBe("hard kept old through old/b\nkept\nthrough\n");
    }
  });

  test("an OCI layout, as archive and as directory", async () => {
    const layer = await tarOf([{ name: "hello", content: "oci\n" }]);
    const blob = gzipSync(layer);
    const text = config([layer]);
    const manifest = JSON.stringify({
      schemaVersion: 2,
      config: { digest: sha256(text), size: text.length },
      layers: [{ digest: sha256(blob), size: blob.length }],
    });
    const annotations = { "io.containerd.image.name": "example.com/oci:1" };
    const index = { schemaVersion: 2, manifests: [{ digest: sha256(manifest), size: manifest.length, annotations }] };
    const members = [
      { name: "oci-layout", content: '{"imageLayoutVersion":"1.0.0"}' },
      { name: "index.json", content: JSON.stringify(index) },
      ...[text, manifest, blob].map((data) => ({ name: `blobs/sha256/${sha256(data).slice(7)}`, content: data })),
    ];
    expect(await images.load(fileAt("oci.tar", await tarOf(members)))).toEqual([
      { id: sha256(text), references: ["example.com/oci:1"] },
    ]);
    await images.remove("example.com/oci:1");
    expect(await images.find("example.com/oci:1")).toBeUndefined();
    const layout = join(dir, "layout");
    for (const { name, content } of members) {
      mkdirSync(dirname(join(layout, name)), { recursive: true });
      writeFileSync(join(layout, name), content);
    }
    expect((await images.load(layout))[0]?.id).toBe(sha256(text));
    const other = [...members.slice(0, -1), { name: members.at(-1)?.name as string, content: gzipSync("no") }];
    await images.remove("example.com/oci:1");
    await expect(images.load(fileAt("tampered.tar", await tarOf(other)))).rejects.toThrow(/tampered\.tar: /);
    expect(await images.find("example.com/oci:1")).toBeUndefined();
  });

  test.each<[string, TestMember[], RegExp]>([
    ["a member that climbs out", [{ name: "../../escape", content: "x" }], /would be written outside/],
    ["a hard link to a file of the node", [{ name: "x", type: "link", linkname: "../../../etc/passwd" }], /outside/],
    ["a hard link to nothing", [{ name: "x", type: "link", linkname: "etc/none" }], /not in the image/],
  ])("refuses %s and leaves nothing", async (name, members, message) => {
    const before = [readdirSync(join(dir, "images/layers")), await images.list()];
    const file = fileAt("evil.tar", await dockerArchive("evil:1", [await tarOf(members)]));
    const error = (await images.load(file).catch((e: Error) => e)) as Error;
    expect(error.message, name).toMatch(message);
    expect(error.message).toContain("cannot load");
    expect([readdirSync(join(dir, "images/layers")), await images.list()]).toEqual(before);
    expect(readdirSync(join(dir, "images/temporary"))).toEqual([]);
  });

  test("a link does not lead a write out of the image", async () => {
    const target = join(dir, "outside");
    mkdirSync(target);
    const layer = await tarOf([
      { name: "way", type: "symlink", linkname: target },
      { name: "way/file", content: "x" },
      { name: "up", type: "symlink", linkname: "../../../../../.." },
      { name: `up${target}/file2`, content: "x" },
    ]);
    await images.load(fileAt("links.tar", await dockerArchive("links:1", [layer])));
    expect(readdirSync(target)).toEqual([]);
  });

  test("a corrupt archive is one clear error", async () => {
    const whole = await dockerArchive("cut:1", [await tarOf([{ name: "a", content: "x".repeat(5000) }])]);
    const cut = fileAt("cut.tar.gz", gzipSync(whole).subarray(0, 120));
    await expect(images.load(cut)).rejects.toThrow(/cut\.tar\.gz: the archive is corrupt/);
    await expect(images.load(fileAt("noise.tar", Buffer.alloc(2048, 7)))).rejects.toThrow(
      /noise\.tar: the archive is corrupt/,
    );
    await expect(images.load(fileAt("other.tar", await tarOf([{ name: "a" }])))).rejects.toThrow(
      /neither manifest\.json/,
    );
    await expect(images.load(join(dir, "missing.tar"))).rejects.toThrow(/missing\.tar: no such file/);
    expect(readdirSync(join(dir, "images/temporary"))).toEqual([]);
  });

  test("an image in use stays, and goes when it is not", async () => {
    const file = fileAt("used.tar", await dockerArchive("used:1", [await tarOf([{ name: "a", content: "a" }])]));
    await images.load(file);
    const sandbox = await runtime.runSandbox(sandboxConfig("used"));
    await runtime.createContainer(sandbox, containerConfig("used:1", { command: ["/a"] }));
    await expect(images.remove("used:1")).rejects.toThrow("in use");
    await runtime.removeSandbox(sandbox);
    const layer = images.resolve("used:1")?.directories[0] as string;
    await images.remove("used:1");
    expect(existsSync(layer)).toBe(false);
    expect(await images.find("used:1")).toBeUndefined();
  });
});

describe("ownership", () => {
  test.skipIf(single)("is the image's, in a range of IDs", async () => {
    const layer = await tarOf([{ name: "mine", content: "m", uid: 1000, gid: 1000, mode: 0o600 }]);
    await images.load(fileAt("owned.tar", await dockerArchive("owned:1", [baseLayer(), layer])));
    const script =
      "const s = fs.statSync('/mine'); console.log(s.uid, s.gid, (s.mode & 0o777).toString(8), process.getuid())";
    const { text } = await runImage("owned:1", { command: ["node", "-e", script], security: { runAsUser: 1000 } });
    expect(text).toBe("1000 1000 600 1000\n");
  });

  test.runIf(single)("is remembered where there is one ID", async () => {
    const layer = await tarOf([{ name: "mine", content: "m", uid: 1000, gid: 1000, mode: 0o600 }]);
    await images.load(fileAt("owned.tar", await dockerArchive("owned:1", [baseLayer(), layer])));
    const top = images.resolve("owned:1")?.directories[0];
    expect(execFileSync("cat", [`${top}.owners`], { encoding: "utf8" })).toBe('["mine",1000,1000]\n');
    const script = "const s = fs.statSync('/mine'); console.log(s.uid, process.getuid())";
    const { text } = await runImage("owned:1", { command: ["node", "-e", script], security: { runAsUser: 1000 } });
    expect(text).toBe("1000 1000\n");
  });
});

describe("pull", () => {
  const serve = async (auth: "none" | "basic" | "token", tamper = false) => {
    const layer = await tarOf([{ name: "pulled", content: "pulled\n" }]);
    const blob = gzipSync(layer);
    const text = config([layer]);
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: { digest: sha256(text), size: text.length },
      layers: [{ digest: sha256(blob), size: blob.length }],
    });
    const server = createServer((req, res) => {
      const url = new URL(req.url ?? "/", "http://registry");
      const basic = `Basic ${btoa("user:secret")}`;
      if (url.pathname === "/token") {
        if (req.headers.authorization !== basic) return res.writeHead(401).end();
        return res.end(JSON.stringify({ token: `for ${url.searchParams.get("scope")}` }));
      }
      const wanted = auth === "basic" ? basic : "Bearer for repository:some/app:pull";
      if (auth !== "none" && req.headers.authorization !== wanted) {
        const address = `http://127.0.0.1:${(server.address() as { port: number }).port}/token`;
        const challenge =
          auth === "basic"
            ? 'Basic realm="x"'
            : `Bearer realm="${address}",service="s",scope="repository:some/app:pull"`;
        return res.writeHead(401, { "www-authenticate": challenge }).end();
      }
      if (url.pathname === "/storage") return res.end(tamper ? gzipSync("other") : blob);
      if (url.pathname === `/v2/some/app/blobs/${sha256(blob)}`)
        return res.writeHead(307, { location: "/storage" }).end();
      if (url.pathname === `/v2/some/app/blobs/${sha256(text)}`) return res.end(text);
      const manifests = ["1", sha256(manifest)].map((tag) => `/v2/some/app/manifests/${tag}`);
      if (manifests.includes(url.pathname)) return res.end(manifest);
      return res.writeHead(404).end(JSON.stringify({ errors: [{ code: "MANIFEST_UNKNOWN" }] }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    const registry = `127.0.0.1:${(server.address() as { port: number }).port}`;
    return { registry, digest: sha256(manifest), id: sha256(text), close: () => server.close() };
  };
  const credentials = { username: "user", password: "secret" };

  test.each(["none", "basic", "token"] as const)("from a registry with authentication: %s", async (auth) => {
    const { registry, digest, id, close } = await serve(auth);
    const reference = `${registry}/some/app:1`;
    if (auth !== "none") await expect(images.pull(reference)).rejects.toMatchObject({ reason: "ErrImagePull" });
    const image = await images.pull(reference, credentials);
    expect(image).toMatchObject({ id, tags: [reference], digests: [`${registry}/some/app@${digest}`] });
    expect((await images.find(`${registry}/some/app@${digest}`))?.id).toBe(id);
    await images.remove(id);
    expect((await images.pull(`${registry}/some/app@${digest}`, credentials)).tags).toEqual([]);
    await images.remove(id);
    await expect(images.pull(`${registry}/some/app:2`, credentials)).rejects.toThrow(
      `failed to pull and unpack image "${registry}/some/app:2": failed to resolve reference "${registry}/some/app:2": ${registry}/some/app:2: not found`,
    );
    close();
  });

  test.runIf(hasRegistry)("from Debian's docker-registry", async () => {
    const port = 5000;
    const yaml = `version: 0.1\nstorage: { filesystem: { rootdirectory: ${join(dir, "registry")} } }\nhttp: { addr: "127.0.0.1:${port}" }\n`;
    const server = spawn("docker-registry", ["serve", fileAt("registry.yml", Buffer.from(yaml))], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    try {
      await new Promise<void>((resolve, reject) => {
        server.stderr.on("data", (data) => String(data).includes("listening on") && resolve());
        server.once("exit", () => reject(new Error("docker-registry ended")));
      });
      const base = `http://127.0.0.1:${port}/v2/some/app`;
      const push = async (data: Uint8Array) => {
        const { headers } = await fetch(`${base}/blobs/uploads/`, { method: "POST" });
        const location = new URL(headers.get("location") as string, base);
        location.searchParams.set("digest", sha256(data));
        const type = "application/octet-stream";
        const { status } = await fetch(location, {
          method: "PUT",
          body: Buffer.from(data),
          headers: { "content-type": type },
        });
        expect(status).toBe(201);
        return { digest: sha256(data), size: data.length };
      };
      const layer = await tarOf([{ name: "pulled", content: "pulled\n" }]);
      const type = "application/vnd.docker.distribution.manifest.v2+json";
      const manifest = {
        schemaVersion: 2,
        mediaType: type,
        config: {
          mediaType: "application/vnd.docker.container.image.v1+json",
          ...(await push(
            Buffer.from(config([baseLayer(), layer], { Cmd: ["sh", "-c", "read -r l </pulled; echo $l"] })),
          )),
        },
        layers: await Promise.all(
          [gzipSync(baseLayer(), { level: 1 }), gzipSync(layer)].map(async (blob) => ({
            mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip",
            ...(await push(blob)),
          })),
        ),
      };
      const put = await fetch(`${base}/manifests/v1`, {
        method: "PUT",
        body: JSON.stringify(manifest),
        headers: { "content-type": type },
      });
      expect(put.status).toBe(201);
      const reference = `localhost:${port}/some/app:v1`;
      const image = await images.pull(reference);
      expect(image).toMatchObject({ id: manifest.config.digest, tags: [reference] });
      expect((await runImage(reference)).text).toBe("pulled\n");
      await expect(images.pull(`localhost:${port}/some/app:v2`)).rejects.toThrow("v2: not found");
    } finally {
      server.kill("SIGKILL");
    }
  });

  test("a layer that is not what was promised is refused", async () => {
    const { registry, close } = await serve("none", true);
    await expect(images.pull(`${registry}/some/app:1`)).rejects.toThrow(/failed to pull and unpack image/);
    expect(await images.find(`${registry}/some/app:1`)).toBeUndefined();
    expect(readdirSync(join(dir, "images/temporary"))).toEqual([]);
    close();
  });

  test("through the host's socket", async () => {
    const { registry, id, close } = await serve("none");
    const socket = join(dir, "pull.sock");
    const server = await serveTransport(transport, socket);
    const through = createImageStore({
      dir: join(dir, "other"),
      clock: systemClock,
      random: systemRandom,
      transport: socketTransport(socket, false),
    });
    expect((await through.pull(`${registry}/some/app:1`)).id).toBe(id);
    await expect(through.pull("example.com/x:1")).rejects.toThrow(
      "egress is off in this cluster, so example.com was not asked",
    );
    server.close();
    close();
  });

  test("what cannot be reached, or may not be, fails at once and says so", async () => {
    await expect(images.pull("axel9309/kub-first-app:10")).rejects.toThrow(
      'failed to pull and unpack image "docker.io/axel9309/kub-first-app:10": failed to resolve reference "docker.io/axel9309/kub-first-app:10": ',
    );
    await expect(images.pull("127.0.0.1:40001/a:1")).rejects.toThrow("connect: connection refused");
    await expect(images.pull("Not A Name")).rejects.toMatchObject({ reason: "InvalidImageName" });
  });
});

test("a full disk is one clear error and leaves nothing", async () => {
  const small = join(dir, "small");
  mkdirSync(small);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=400m", "tmpfs", small]);
  try {
    const store = createImageStore({ dir: small, clock: systemClock, random: systemRandom });
    const filler = join(small, "filler");
    const before = readdirSync(join(small, "layers"));
    const big = await tarOf([{ name: "big", content: Buffer.alloc(3 << 20) }]);
    const file = fileAt("big.tar", await dockerArchive("big:1", [big]));
    try {
      execFileSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=1M"], { stdio: "ignore" });
    } catch {
      // Full, as it should be.
    }
    await expect(store.load(file)).rejects.toThrow(/big\.tar: no space left on device/);
    rmSync(filler);
    expect(readdirSync(join(small, "layers"))).toEqual(before);
    expect(readdirSync(join(small, "temporary"))).toEqual([]);
    expect(await store.find("big:1")).toBeUndefined();
  } finally {
    execFileSync("umount", ["-l", small]);
  }
});

chmodSync(dir, 0o755);
