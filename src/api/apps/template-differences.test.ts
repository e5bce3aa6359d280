import fc from "fast-check";
import { expect, test } from "vitest";
import { sameTemplate } from "../../controllers/deployment/pod-template.ts";
import type { Container, PodTemplateSpec } from "../generated/types.ts";
import { imagesOf, shortened, templateDifferences } from "./template-differences.ts";

const app = (container: Partial<Container> = {}, ...more: Container[]): PodTemplateSpec => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "web", image: "app:1", ...container }, ...more] },
});
const said = (after: PodTemplateSpec, before = app()) => templateDifferences(before, after).join(", ");

test("one container goes unnamed, several do not", () => {
  expect(said(app({ image: "app:2" }))).toBe("image app:1 → app:2");
  const proxy = { name: "proxy", image: "proxy:1" };
  expect(said(app({}, proxy))).toBe("container proxy (proxy:1) added");
  expect(said(app(), app({}, proxy))).toBe("container proxy (proxy:1) removed");
  expect(said(app({ image: "app:2" }, { ...proxy, image: "proxy:2" }), app({}, proxy))).toBe(
    "web: image app:1 → app:2, proxy: image proxy:1 → proxy:2",
  );
  const [swapped, straight] = [[proxy, { name: "web", image: "app:1" }], app({}, proxy)] as const;
  expect(said({ ...app(), spec: { containers: [...swapped] } }, straight)).toBe("containers reordered");
  expect(
    said({ ...app(), spec: { ...straight.spec, containers: app().spec?.containers ?? [], initContainers: [proxy] } }),
  ).toBe("init container proxy (proxy:1) added");
});

test("environment", () => {
  const env = (...variables: NonNullable<Container["env"]>) => app({ env: variables });
  const secret = { name: "TOKEN", valueFrom: { secretKeyRef: { name: "db", key: "token" } } };
  expect(said(env({ name: "COLOR", value: "green" }), env({ name: "COLOR", value: "blue" }))).toBe(
    "env COLOR blue → green",
  );
  expect(said(env({ name: "COLOR", value: "green" }, secret))).toBe(
    "env COLOR green added, env TOKEN secret db/token added",
  );
  expect(said(app(), env({ name: "COLOR" }))).toBe("env COLOR removed");
  expect(said(env({ name: "COLOR", value: "" }), env({ name: "COLOR", value: "a\nb" }))).toBe('env COLOR a b → ""');
  expect(said(env(secret, { name: "A" }), env({ name: "A" }, secret))).toBe("env reordered");
});

test("resources, probes and the rest", () => {
  const sized = (cpu: string) => app({ resources: { requests: { cpu }, limits: { memory: "1Gi" } } });
  expect(said(sized("200m"), sized("0.1"))).toBe("cpu request 100m → 200m");
  expect(said(sized("1000m"), sized("1"))).toBe("");
  expect(said(sized("1"))).toBe("memory limit 1Gi added, cpu request 1 added");
  const probed = (path: string, periodSeconds = 10) =>
    app({ readinessProbe: { httpGet: { path, port: 80 }, periodSeconds } });
  expect(said(probed("/"))).toBe("readiness probe added");
  expect(said(probed("/b", 5), probed("/a"))).toBe(
    "readiness probe httpGet.path /a → /b, readiness probe periodSeconds 10 → 5",
  );
  expect(said(app({ ports: [{ containerPort: 80 }], volumeMounts: [{ name: "d", mountPath: "/data" }] }))).toBe(
    "port 80 added, mount /data added",
  );
  expect(said(app({ args: ["-v", "1"] }), app({ args: ["-v"] }))).toBe('args ["-v"] → ["-v","1"]');
  expect(
    said({
      ...app(),
      spec: { ...app().spec, containers: app().spec?.containers ?? [], nodeSelector: { disk: "ssd" } },
    }),
  ).toBe("nodeSelector.disk ssd added");
  const restarted = { "kubectl.kubernetes.io/restartedAt": "2025-01-01T00:00:00Z" };
  expect(
    said({ ...app({ image: "app:2" }), metadata: { labels: { app: "web", tier: "front" }, annotations: restarted } }),
  ).toBe("image app:1 → app:2, restarted, label tier front added");
});

test("long values are cut, phrases that do not fit are counted", () => {
  const value = "x".repeat(1000);
  expect(
    said(app({ env: [{ name: "A", value: `${value}1` }] }), app({ env: [{ name: "A", value: `${value}2` }] })),
  ).toBe("env A changed");
  expect(shortened(["a", "b", "c"], 20)).toBe("a, b, c");
  expect(shortened(["aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd"], 31)).toBe("aaaaaaaa, … and 3 more");
  expect(shortened(["a".repeat(50)], 10)).toBe(`${"a".repeat(9)}…`);
  expect(shortened(["a".repeat(50), "b"], 24)).toBe(`${"a".repeat(9)}…, … and 1 more`);
  expect(imagesOf(app({}, { name: "proxy", image: "proxy:1" }))).toBe("images app:1, proxy:1");
});

const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const word = fc.constantFrom("a", "b", "", "x".repeat(300));
const map = fc.dictionary(fc.constantFrom("app", "tier", "pod-template-hash"), word, { maxKeys: 3 });
const probe = fc.record({ httpGet: fc.record({ path: word, port: fc.nat(2) }), periodSeconds: some(fc.nat(2)) });
const quantities = fc.dictionary(fc.constantFrom("cpu", "memory"), fc.constantFrom("1", "1000m", "0.5"));
const container = fc.record({
  name: fc.constantFrom("a", "b", "order"),
  image: word,
  args: some(fc.array(word, { maxLength: 2 })),
  env: some(fc.array(fc.record({ name: fc.constantFrom("A", "B", "order"), value: some(word) }), { maxLength: 3 })),
  ports: some(
    fc.array(fc.record({ containerPort: fc.nat(2), protocol: fc.constantFrom("TCP", "UDP") }), { maxLength: 2 }),
  ),
  resources: some(fc.record({ limits: some(quantities), requests: some(quantities) })),
  readinessProbe: some(probe),
  securityContext: some(fc.constantFrom({}, { runAsUser: 1 })),
});
const template: fc.Arbitrary<PodTemplateSpec> = fc.record({
  metadata: fc.record({ labels: some(map), annotations: some(map) }),
  spec: fc.record({
    containers: fc.array(container, { maxLength: 3 }),
    initContainers: some(fc.array(container, { maxLength: 2 })),
    volumes: some(fc.array(fc.record({ name: word, emptyDir: some(fc.constant({})) }), { maxLength: 2 })),
    nodeSelector: some(map),
    serviceAccountName: some(word),
  }),
}) as fc.Arbitrary<PodTemplateSpec>;

test("two templates differ exactly when something can be said, on one line of bounded length", () => {
  fc.assert(
    fc.property(template, template, (a, b) => {
      const phrases = templateDifferences(a, b);
      expect(phrases.length > 0).toBe(!sameTemplate(a, b));
      expect(phrases.every((phrase) => phrase.trim() !== "" && !/[\n\r]/.test(phrase))).toBe(true);
      expect(shortened(phrases).length).toBeLessThanOrEqual(240);
      expect(templateDifferences(b, a).length).toBe(phrases.length);
      const hashed = { ...a, metadata: { ...a.metadata, labels: { ...a.metadata?.labels, "pod-template-hash": "c" } } };
      expect(templateDifferences(a, hashed)).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});
