import { mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ConfigMap, Pod, Secret, Volume } from "../../api/generated/types.ts";
import { silentLogger } from "../../base/logger.ts";
import { createVolumeManager } from "./volume-manager.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "volumes-"));
});
afterEach(() => rm(directory, { recursive: true }));

const manager = (configMaps: Record<string, ConfigMap> = {}, secrets: Record<string, Secret> = {}) =>
  createVolumeManager({
    directory,
    logger: silentLogger,
    sources: {
      contents: {
        configMap: async (_, name) => configMaps[name],
        secret: async (_, name) => secrets[name],
      },
      addresses: () => ({ podIPs: ["10.1.0.1"], hostIPs: ["10.0.0.1"] }),
      allocatable: () => ({ cpu: "4", memory: "8Gi" }),
      token: async (_, { audience }) => `token for ${audience}`,
    },
  });

const podWith = (volume: Omit<Volume, "name">, spec: Partial<Pod["spec"]> = {}): Pod => ({
  metadata: { name: "web", namespace: "default", uid: "u", labels: { b: "2", a: 'say "1"' } },
  spec: { containers: [{ name: "main" }], volumes: [{ name: "v", ...volume }], ...spec },
});
const path = (type: string, file = "") => join(directory, "u", "volumes", type, "v", file);
const text = (type: string, file: string) => readFile(path(type, file), "utf8");
const mode = async (type: string, file: string) => (await stat(path(type, file))).mode & 0o777;

test("a ConfigMap's keys are files, changed all at once", async () => {
  const maps: Record<string, ConfigMap> = { cm: { data: { one: "1", two: "2" }, binaryData: { bin: "AAE=" } } };
  const volumes = manager(maps);
  const pod = podWith({ configMap: { name: "cm", defaultMode: 0o440 } });
  expect(await volumes.prepare(pod)).toEqual([]);
  expect(await text("configMap", "one")).toBe("1");
  expect(await readFile(path("configMap", "bin"))).toEqual(Buffer.from([0, 1]));
  expect(await mode("configMap", "one")).toBe(0o440);
  const before = await readlink(path("configMap", "..data"));
  await volumes.prepare(pod);
  expect(await readlink(path("configMap", "..data"))).toBe(before);
  maps.cm = { data: { one: "changed" } };
  await volumes.prepare(pod);
  expect(await text("configMap", "one")).toBe("changed");
  await expect(text("configMap", "two")).rejects.toThrow("ENOENT");
  expect(volumes.changes(pod)).toBe(true);
  await volumes.remove("u");
  await expect(stat(join(directory, "u"))).rejects.toThrow("ENOENT");
});

test("chosen keys, optional and missing sources", async () => {
  const volumes = manager({ cm: { data: { key: "x" } } });
  const prepare = (volume: Omit<Volume, "name">) => volumes.prepare(podWith(volume));
  expect(await prepare({ configMap: { name: "cm", items: [{ key: "key", path: "sub/file", mode: 0o400 }] } })).toEqual(
    [],
  );
  expect(await text("configMap", "sub/file")).toBe("x");
  const failure = async (volume: Omit<Volume, "name">) => (await prepare(volume))[0]?.message;
  expect(await failure({ configMap: { name: "no" } })).toBe('configmap "no" not found');
  expect(await failure({ configMap: { name: "no", optional: true } })).toBeUndefined();
  expect(await failure({ configMap: { name: "cm", items: [{ key: "k", path: "p" }] } })).toBe(
    "configmap references non-existent config key: k",
  );
  expect(await failure({ secret: { secretName: "no" } })).toBe('secret "no" not found');
  expect(await failure({ nfs: { server: "s", path: "/" } })).toBe(
    'volumes of type "nfs" are not supported on this node',
  );
});

test("projected: several sources in one directory", async () => {
  const volumes = manager(
    { ca: { data: { "ca.crt": "CERT" } } },
    { s: { data: { pw: Buffer.from("pw").toString("base64") } } },
  );
  const pod = podWith({
    projected: {
      sources: [
        { serviceAccountToken: { path: "token", audience: "api" } },
        { configMap: { name: "ca" } },
        { secret: { name: "s" } },
        { downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
      ],
    },
  });
  expect(await volumes.prepare(pod)).toEqual([]);
  expect(await text("projected", "token")).toBe("token for api");
  expect(await text("projected", "ca.crt")).toBe("CERT");
  expect(await text("projected", "pw")).toBe("pw");
  expect(await text("projected", "labels")).toBe('a="say \\"1\\""\nb="2"');
});

test("emptyDir is for everyone and survives a second look", async () => {
  const volumes = manager();
  const pod = podWith({ emptyDir: {} });
  await volumes.prepare(pod);
  expect(await mode("emptyDir", "")).toBe(0o777);
  await writeFile(path("emptyDir", "kept"), "x");
  await volumes.prepare(pod);
  expect(await text("emptyDir", "kept")).toBe("x");
});

test("hostPath checks its type", async () => {
  const volumes = manager();
  const host = join(directory, "host");
  const prepare = async (type: string) =>
    (await volumes.prepare(podWith({ hostPath: { path: host, type } })))[0]?.message;
  expect(await prepare("Directory")).toBe(`hostPath type check failed: ${host} is not a directory`);
  expect(await prepare("DirectoryOrCreate")).toBeUndefined();
  expect(await prepare("Directory")).toBeUndefined();
  expect(await prepare("File")).toBe(`hostPath type check failed: ${host} is not a file`);
});

test("mounts: read-only contents, subPath, and no way out of the volume", async () => {
  const volumes = manager({ cm: { data: { key: "x" } } });
  const pod = podWith({ emptyDir: {} });
  await volumes.prepare(pod);
  const mount = (extra: object) =>
    volumes.mountsOf(pod, { name: "main", volumeMounts: [{ name: "v", mountPath: "/data", ...extra }] }, [
      { name: "POD", value: "web" },
    ]);
  expect(await mount({})).toEqual([{ hostPath: path("emptyDir"), containerPath: "/data", readOnly: false }]);
  expect((await mount({ subPathExpr: "a/$(POD)" }))[0]?.hostPath).toBe(path("emptyDir", "a/web"));
  expect((await stat(path("emptyDir", "a/web"))).isDirectory()).toBe(true);
  await expect(mount({ subPath: "../x" })).rejects.toThrow("must be a path below the volume");
  await mkdir(join(directory, "outside"));
  await symlink(join(directory, "outside"), path("emptyDir", "link"));
  await expect(mount({ subPath: "link" })).rejects.toThrow("leads outside the volume");
  await expect(mount({ subPath: "link/new" })).rejects.toThrow("leads outside the volume");
  const other = podWith({ configMap: { name: "cm" } });
  await volumes.prepare(other);
  const [mounted] = await volumes.mountsOf(
    other,
    { name: "m", volumeMounts: [{ name: "v", mountPath: "/c", subPath: "key" }] },
    [],
  );
  expect(mounted?.readOnly).toBe(true);
  expect(await readFile(mounted?.hostPath ?? "", "utf8")).toBe("x");
});
