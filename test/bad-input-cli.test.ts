/** Bad input as people see it: one line on standard error, the right exit code, and nothing half-written. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { kubectl } from "./tools/clients.ts";
import { startTestCluster, type TestCluster, type TestHome, testHome, wherryProgram } from "./tools/cluster.ts";
import { type Result, run } from "./tools/run.ts";

const failed = (err: string): Result => ({ code: 1, out: "", err: `error: ${err}\n` });
const words = (line: string) => line.split(" ").filter(Boolean);

describe("wherry, without a cluster", () => {
  let home: TestHome;
  beforeAll(() => {
    home = testHome();
    writeFileSync(join(home.dir, "broken"), "apiVersion: v1\nclusters: [\n");
    writeFileSync(join(home.dir, "odd"), "apiVersion: v1\nkind: Config\ncontexts: 5\n");
  });
  afterAll(() => home.remove());

  test.each([
    ["bogus", "unknown command 'bogus'"],
    ["up --bogus", "unknown option '--bogus'"],
    ["up extra", "too many arguments for 'up'. Expected 0 arguments but got 1."],
    ["up --name", "option '--name <name>' argument missing"],
    [
      "up --name ../x",
      "option '--name <name>' argument '../x' is invalid. Use at most 40 lower-case letters, digits and dashes.",
    ],
    ["up --port 70000", "option '--port <port>' argument '70000' is invalid. It must be a port, 0 to 65535."],
    ["up --nodes 0", "option '--nodes <count>' argument '0' is invalid. It must be a positive whole number."],
    ["up --runtime x", "option '--runtime <runtime>' argument 'x' is invalid. Use auto, linux or simulated."],
    ["image bogus", "unknown command 'bogus'"],
    ["image build .", "required option '-t, --tag <name>' not specified"],
    ["image load", "missing required argument 'file'"],
  ])("%s is wrong usage", async (line, message) => {
    const { code, out, err } = await home.wherry(words(line));
    expect([code, out, err.split("\n")[0]]).toEqual([2, "", `error: ${message}`]);
    expect(readdirSync(home.dir).sort()).toEqual(["broken", "odd"]);
  });

  test("more nodes than a runtime has", async () => {
    expect(await home.wherry(words("up --nodes 257 --runtime linux"))).toEqual(
      failed("--nodes 257 is too many for the linux runtime: at most 256, or 5000 with --runtime simulated"),
    );
    expect(await home.wherry(words("up --nodes 5001 --runtime simulated"))).toEqual(
      failed("--nodes 5001 is too many for the simulated runtime: at most 5000"),
    );
    expect(readdirSync(home.dir).sort()).toEqual(["broken", "odd"]);
  });

  test("commands for a cluster that is not there", async () => {
    const [down, images, missing] = await Promise.all(
      ["down --name nope", "image ls --name nope", "image load --name nope nothing.tar"].map((line) =>
        home.wherry(words(line)),
      ),
    );
    expect(down).toEqual(failed('there is no cluster "nope"'));
    expect(images).toEqual(
      failed('there is no context "nope" in the kubeconfig; start the cluster with: wherry up --name nope'),
    );
    expect(missing).toEqual(failed("nothing.tar does not exist"));
  });

  test("a kubeconfig that cannot be read stops `up` before it starts", async () => {
    for (const [file, why] of [
      ["broken", "yaml: line 2: did not find expected node content"],
      ["odd", "json: cannot unmarshal number into Go struct field Config.contexts of type []v1.NamedContext"],
    ] as const) {
      const path = join(home.dir, file);
      const before = readFileSync(path, "utf8");
      const env = { KUBECONFIG: path };
      const result = await home.wherry(["up", "--runtime", "simulated", "--port", "0"], { env });
      expect(result).toEqual(failed(`error loading config file "${path}": ${why}`));
      expect(await home.wherry(["kubectl", "get", "pods"], { env })).toEqual(result);
      expect(readFileSync(path, "utf8")).toBe(before);
    }
    // Beside them is what `wherry kubectl` keeps of itself.
    expect(readdirSync(home.dir).sort()).toEqual([".cache", "broken", "odd"]);
  });

  test("a home that cannot be written", async () => {
    const up = (dir: string) =>
      home.wherry(["up", "--runtime", "simulated", "--port", "0"], { env: { WHERRY_HOME: dir } });
    const file = join(home.dir, "broken");
    expect(await up(file)).toEqual(failed(`clusters cannot be kept in ${file}: not a directory`));
    expect(await up("/proc/nope")).toEqual(failed("clusters cannot be kept in /proc/nope: it cannot be made there"));
    const long = await up(join(home.dir, "x".repeat(100)));
    expect([long.code, long.err]).toEqual([1, expect.stringContaining("leaves no room below 107 bytes\n")]);
  });
});

const sha256 = (data: string | Uint8Array) => `sha256:${createHash("sha256").update(data).digest("hex")}`;

describe("a cluster", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startTestCluster({ name: "bad" });
  });
  afterAll(() => cluster.stop());

  const apply = (yaml: string, ...args: string[]) =>
    cluster.kubectl("1.34", ["create", "-f", "-", ...args], { input: yaml });
  const manifest = (kind: string, rest: string) =>
    `apiVersion: ${kind === "Deployment" ? "apps/v1" : "v1"}\nkind: ${kind}\nmetadata:\n  name: bad\n${rest}`;
  const template = "template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: i}]}}";

  test.each([
    [
      manifest("Deployment", `spec: {selector: {matchLabels: {app: b}}, ${template}}`),
      'The Deployment "bad" is invalid: spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`\n',
    ],
    [
      manifest("Deployment", `spec: {replicas: many, selector: {matchLabels: {app: a}}, ${template}}`),
      'Error from server (BadRequest): error when creating "STDIN": Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32\n',
    ],
    [
      manifest("Service", "spec: {clusterIP: x, ports: [{port: 80}]}"),
      'The Service "bad" is invalid: spec.clusterIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)\n',
    ],
    [
      manifest("Service", "spec: {type: NodePort, ports: [{port: 80, nodePort: 80}]}"),
      'The Service "bad" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767\n',
    ],
    [
      manifest("ConfigMap", "dta: {a: b}"),
      'Error from server (BadRequest): error when creating "STDIN": ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dta"\n',
    ],
    [
      "apiVersion: v1\nkind: [\n",
      "error: error parsing STDIN: error converting YAML to JSON: yaml: line 2: did not find expected node content\n",
    ],
  ])("kubectl is told of %j", async (yaml, err) => {
    expect(await apply(yaml)).toEqual({ code: 1, out: "", err });
    for (const kind of ["deployment", "service", "configmap"]) {
      const { code } = await cluster.kubectl("1.34", ["get", kind, "bad"]);
      expect(code).toBe(1);
    }
  });

  test("kubectl and wherry kubectl tell the same", async () => {
    for (const line of [
      "get pods --field-selector spec.x=1",
      "get configmaps --field-selector spec.x=1",
      "get pods -l a=-b-",
      "get nothings",
      "get deployment gone",
      "delete namespace default",
      "scale deployment gone --replicas=1",
      "create deployment Bad --image=x",
    ]) {
      const ours = await cluster.wherry(["kubectl", ...words(line)]);
      expect(ours, line).toEqual(await cluster.kubectl("1.34", words(line)));
      expect([ours.code, ours.out], line).toEqual([1, ""]);
    }
  });

  describe("images", () => {
    const at = (name: string, data: string | Uint8Array) => {
      const path = join(cluster.dir, name);
      mkdirSync(join(path, ".."), { recursive: true });
      writeFileSync(path, data);
      return path;
    };
    /** An archive of files with these names; written by tar, which does not mind where they lead. */
    const tar = (files: Record<string, string | Uint8Array>) => {
      const dir = join(cluster.dir, "pack");
      rmSync(dir, { recursive: true, force: true });
      mkdirSync(dir);
      for (const [name, data] of Object.entries(files)) writeFileSync(join(dir, encodeURIComponent(name)), data);
      const names = Object.keys(files).map((name) => encodeURIComponent(name));
      const rename = ["-P", "--transform", "s,%2F,/,g"];
      return execFileSync("tar", ["-C", dir, ...rename, "-c", ...names], { maxBuffer: 1 << 28 });
    };
    const archive = (layer: Uint8Array, diffId = sha256(layer)) => {
      const config = { architecture: "amd64", os: "linux", config: {}, rootfs: { type: "layers", diff_ids: [diffId] } };
      const manifests = [{ Config: "config.json", RepoTags: ["bad:1"], Layers: ["layer.tar"] }];
      return tar({
        "layer.tar": layer,
        "config.json": JSON.stringify(config),
        "manifest.json": JSON.stringify(manifests),
      });
    };
    const load = (file: string) => cluster.wherry(["image", "load", "--name", "bad", file]);
    const nothing = () => {
      const images = join(cluster.dir, "bad/images");
      for (const part of ["temporary", "layers", "references"])
        expect(readdirSync(join(images, part)), part).toEqual([]);
    };

    test.each<[string, () => Uint8Array, string | RegExp]>([
      ["empty", () => Buffer.alloc(0), "it has neither manifest.json (docker save) nor index.json (OCI layout)"],
      ["text", () => Buffer.from("no archive at all\n".repeat(100)), /^the archive is corrupt: /],
      ["cut", () => archive(tar({ a: "x".repeat(50_000) })).subarray(0, 30_000), /^the archive is corrupt: /],
      ["cut.gz", () => gzipSync(archive(tar({ a: "a" }))).subarray(0, 200), /^the archive is corrupt: /],
      [
        "crc.gz",
        () => {
          const bytes = gzipSync(archive(tar({ a: "a" })));
          bytes.writeUInt32LE(0, bytes.length - 8);
          return bytes;
        },
        /^the archive is corrupt: incorrect data check$/,
      ],
      [
        "header",
        () => {
          const bytes = Buffer.from(archive(tar({ a: "a" })));
          bytes.write("XXXXXX", 148);
          return bytes;
        },
        /^the archive is corrupt: /,
      ],
      ["other", () => tar({ a: "a" }), "it has neither manifest.json (docker save) nor index.json (OCI layout)"],
      ["json", () => tar({ "manifest.json": "{" }), "manifest.json is not JSON"],
      [
        "missing",
        () => tar({ "manifest.json": '[{"Config":"gone.json","RepoTags":null,"Layers":[]}]' }),
        "gone.json is missing",
      ],
      ["digest", () => archive(tar({ a: "a" }), sha256("other")), /sha256:/],
      [
        "climbs",
        () => archive(tar({ "../../climbs": "x" })),
        'the member "../../climbs" would be written outside of the image',
      ],
    ])("an archive that is wrong: %s", async (name, make, why) => {
      const file = at(`archives/${name}`, make());
      const { code, out, err } = await load(file);
      const start = `error: cannot load ${file}: `;
      expect([code, out, err.slice(0, start.length), err.split("\n").length], err).toEqual([1, "", start, 2]);
      const rest = err.slice(start.length, -1);
      if (typeof why === "string") expect(rest).toBe(why);
      else expect(rest).toMatch(why);
      nothing();
    });

    test.each([
      ["FROM scratch\nVOLUME /data\n", "Dockerfile:2: the instruction VOLUME is not supported"],
      ["FROM scratch\nFORM x\n", "Dockerfile:2: "],
      ["FROM scratch\nCOPY nothere /x\n", 'Dockerfile:2: COPY: "nothere" is not in the build context'],
      ["FROM scratch\nCOPY ../../../etc/passwd /x\n", "Dockerfile:2: COPY: "],
      ["FROM scratch\nCOPY onlyone\n", "Dockerfile:2: "],
      ["FROM not/here:1\n", "Dockerfile:1: the image not/here:1 is not here"],
      ["RUN true\n", "Dockerfile:1: RUN stands before the first FROM"],
      ["", "Dockerfile:1: the file has no instructions"],
    ])("a Dockerfile that is wrong: %j", async (text, message) => {
      at("context/Dockerfile", text);
      const { code, out, err } = await cluster.wherry(["image", "build", "--name", "bad", "-t", "bad:1", "context"]);
      const lines = err.split("\n").filter((line) => line && !line.startsWith("Step "));
      expect([code, out, lines.length], err).toEqual([1, "", 1]);
      expect(lines[0]).toContain(`error: ${message}`);
      nothing();
    });
  });
});

/** Where a file system of its own can be mounted without being root, `unshare` maps the user. */
const apart = process.getuid?.() === 0 ? ["-m"] : ["-Urm"];

test("a full disk is one clear error, and over when there is room again", async () => {
  const home = testHome();
  onTestFinished(() => home.remove());
  const script = `
    mount -t tmpfs -o size=24m none "$1" || exit 1
    say() { echo "== $1"; shift; "$@" 2>&1; echo "-- $?"; }
    say up "$2" "$3" up --name full --runtime simulated --port 0
    "$4" create configmap before --from-literal=a=b >/dev/null
    dd if=/dev/zero of="$1/ballast" bs=64k >/dev/null 2>&1
    for i in 1 2 3 4 5; do say refused "$4" create configmap big$i --from-file="$5"; done
    say get "$4" get configmaps -o name
    rm "$1/ballast"
    say recovered "$4" create configmap after --from-literal=a=b
    say all "$4" get configmaps -o name
    say status "$2" "$3" status --name full
    say down "$2" "$3" down --name full
  `;
  const payload = join(home.dir, "payload");
  writeFileSync(payload, "x".repeat(400_000));
  const mounted = join(home.dir, "m");
  mkdirSync(mounted);
  const env = { ...home.env, WHERRY_HOME: mounted };
  const args = [...apart, "sh", "-c", script, "sh", mounted, process.execPath, wherryProgram, kubectl("1.34"), payload];
  const { out } = await run("unshare", args, { env });
  const parts = out
    .split("== ")
    .slice(1)
    .map((part) => part.split("\n"));
  const told = (title: string) =>
    parts.filter(([t]) => t === title).map(([, ...lines]) => lines.filter(Boolean).join("\n"));
  expect(told("up")[0], out).toMatch(/-- 0$/);
  const refused =
    "error: failed to create configmap: Internal error occurred: no space left to store the write: no space left on device\n-- 1";
  expect(told("refused"), out).toEqual(Array(5).fill(refused));
  const there = "configmap/before\nconfigmap/kube-root-ca.crt\n-- 0";
  expect(told("get")).toEqual([there]);
  expect(told("recovered")).toEqual(["configmap/after created\n-- 0"]);
  expect(told("all")).toEqual([`configmap/after\n${there}`]);
  expect(told("status")[0]).toMatch(/-- 0$/);
  expect(told("down")).toEqual(['cluster "full" is down\n-- 0']);
  expect(existsSync(join(mounted, "full"))).toBe(false);
});
