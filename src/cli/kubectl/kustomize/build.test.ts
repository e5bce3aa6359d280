import { posix } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { asYaml, build } from "./build.ts";
import { fail } from "./failure.ts";
import type { Files } from "./files.ts";

/** Files that exist only here. */
const memory = (texts: Readonly<Record<string, string>>): Files => ({
  locate(path) {
    if (path in texts) return { path, isDirectory: false };
    return Object.keys(texts).some((file) => posix.dirname(file) === path)
      ? { path, isDirectory: true }
      : fail(`'${path}' is not there`);
  },
  read: (path) => Buffer.from(texts[path] ?? fail(`'${path}' is not there`)),
  get: async (url) => fail(`Get "${url}": there is no web here`),
});

async function built(texts: Readonly<Record<string, string>>) {
  const warnings: string[] = [];
  const warn = (line: string) => void warnings.push(line);
  return { text: asYaml(await build("/app", { files: memory(texts), warn, log: warn })), warnings };
}

test("the names of generated config maps and secrets end in upstream's hashes", async () => {
  const kustomization = `
configMapGenerator: [{name: settings, literals: [mode=fast, greeting=hello world]}]
secretGenerator: [{name: login, literals: [password=hunter2]}]
`;
  const { text } = await built({ "/app/kustomization.yaml": kustomization });
  expect(text).toContain("name: settings-845gdddb4f\n");
  expect(text).toContain("name: login-cf85kd65mm\n");
});

test("a reference follows the name that it refers to, through every layer", async () => {
  const { text } = await built({
    "/app/kustomization.yaml": "resources: [base]\nnamePrefix: outer-\n",
    "/app/base/kustomization.yaml":
      "resources: [pod.yaml]\nnameSuffix: -inner\nconfigMapGenerator: [{name: settings, literals: [a=b]}]\n",
    "/app/base/pod.yaml":
      "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, envFrom: [{configMapRef: {name: settings}}]}]}}",
  });
  const [map, pod] = text.split("---\n").map((document) => parse(document));
  expect(map.metadata.name).toMatch(/^outer-settings-inner-\w{10}$/);
  expect(pod.spec.containers[0].envFrom[0].configMapRef.name).toBe(map.metadata.name);
});

test("deprecated fields are warned of, and still work", async () => {
  const { text, warnings } = await built({
    "/app/kustomization.yaml": "resources: [m.yaml]\ncommonLabels: {a: b}\n",
    "/app/m.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: m}}",
  });
  expect(parse(text).metadata.labels).toEqual({ a: "b" });
  expect(warnings).toEqual([expect.stringContaining("'commonLabels' is deprecated")]);
});

const scalar = fc.oneof(fc.string({ unit: "grapheme" }), fc.integer(), fc.boolean());
const data = fc.dictionary(
  fc.stringMatching(/^[a-z][a-z0-9._-]{0,11}$/),
  fc.oneof(scalar, fc.array(scalar), fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), scalar)),
);

test("what nothing changes comes out as it went in", async () => {
  await fc.assert(
    fc.asyncProperty(data, async (spec) => {
      const object = { apiVersion: "example.com/v1", kind: "Any", metadata: { name: "x" }, spec };
      const { text } = await built({
        "/app/kustomization.yaml": "resources: [r.json]\n",
        // JSON that is no YAML: these count as line breaks there.
        "/app/r.json": JSON.stringify(object).replace(/[\u0085\u2028\u2029\u007f-\u009f\ufeff]/g, ""),
      });
      const expected = JSON.parse(JSON.stringify(object).replace(/[\u0085\u2028\u2029\u007f-\u009f\ufeff]/g, ""));
      expect(parse(text)).toEqual(expected);
    }),
    { seed: 1, numRuns: 100 },
  );
});

test("merging a patch twice is merging it once", async () => {
  const containers = fc.uniqueArray(
    fc.record({ name: fc.constantFrom("a", "b", "c"), image: fc.constantFrom("x", "y") }),
    { selector: ({ name }) => name, minLength: 1 },
  );
  await fc.assert(
    fc.asyncProperty(containers, containers, async (own, patched) => {
      const pod = (list: typeof own) => ({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "p" },
        spec: { containers: list },
      });
      const patch = { patch: JSON.stringify(pod(patched)) };
      const once = await built({
        "/app/kustomization.yaml": JSON.stringify({ resources: ["p.json"], patches: [patch] }),
        "/app/p.json": JSON.stringify(pod(own)),
      });
      const twice = await built({
        "/app/kustomization.yaml": JSON.stringify({ resources: ["p.json"], patches: [patch, patch] }),
        "/app/p.json": JSON.stringify(pod(own)),
      });
      expect(twice.text).toBe(once.text);
      const names = parse(once.text).spec.containers.map((one: { name: string }) => one.name);
      expect(new Set(names)).toEqual(new Set([...own, ...patched].map(({ name }) => name)));
    }),
    { seed: 1, numRuns: 80 },
  );
});
