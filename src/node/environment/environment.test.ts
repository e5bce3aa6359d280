import { expect, test } from "vitest";
import type { Container, Pod, Service } from "../../api/generated/types.ts";
import { environmentOf } from "./environment.ts";
import { expand } from "./expand.ts";
import { serviceEnv } from "./service-env.ts";

test("references expand, unknown ones stay, $$ escapes", () => {
  const lookup = (name: string) => ({ A: "1", "B-C": "2" })[name];
  const cases: [string, string][] = [
    ["$(A)", "1"],
    ["x$(A)y$(B-C)", "x1y2"],
    ["$(NOPE)", "$(NOPE)"],
    ["$$(A)", "$(A)"],
    ["$$$(A)", "$1"],
    ["$A", "$A"],
    ["$(A", "$(A"],
    ["$", "$"],
    ["a$$", "a$"],
  ];
  for (const [text, wanted] of cases) expect(expand(text, lookup)).toBe(wanted);
});

const service = (
  namespace: string,
  name: string,
  clusterIP: string,
  ports: { name?: string; port: number }[],
): Service => ({
  metadata: { name, namespace },
  spec: { clusterIP, ports },
});

test("service variables", () => {
  const services = [
    service("default", "kubernetes", "10.96.0.1", [{ name: "https", port: 443 }]),
    service("app", "my-db", "10.96.0.7", [{ name: "main-port", port: 5432 }, { port: 99 }]),
    service("app", "headless", "None", [{ port: 1 }]),
    service("other", "x", "10.96.0.8", [{ port: 1 }]),
  ];
  expect(Object.fromEntries(serviceEnv(services, "app", true))).toEqual({
    KUBERNETES_SERVICE_HOST: "10.96.0.1",
    KUBERNETES_SERVICE_PORT: "443",
    KUBERNETES_SERVICE_PORT_HTTPS: "443",
    KUBERNETES_PORT: "tcp://10.96.0.1:443",
    KUBERNETES_PORT_443_TCP: "tcp://10.96.0.1:443",
    KUBERNETES_PORT_443_TCP_PROTO: "tcp",
    KUBERNETES_PORT_443_TCP_PORT: "443",
    KUBERNETES_PORT_443_TCP_ADDR: "10.96.0.1",
    MY_DB_SERVICE_HOST: "10.96.0.7",
    MY_DB_SERVICE_PORT: "5432",
    MY_DB_SERVICE_PORT_MAIN_PORT: "5432",
    MY_DB_PORT: "tcp://10.96.0.7:5432",
    MY_DB_PORT_5432_TCP: "tcp://10.96.0.7:5432",
    MY_DB_PORT_5432_TCP_PROTO: "tcp",
    MY_DB_PORT_5432_TCP_PORT: "5432",
    MY_DB_PORT_5432_TCP_ADDR: "10.96.0.7",
    MY_DB_PORT_99_TCP: "tcp://10.96.0.7:99",
    MY_DB_PORT_99_TCP_PROTO: "tcp",
    MY_DB_PORT_99_TCP_PORT: "99",
    MY_DB_PORT_99_TCP_ADDR: "10.96.0.7",
  });
  expect([...serviceEnv(services, "app", false).keys()].every((k) => k.startsWith("KUBERNETES_"))).toBe(true);
});

const pod: Pod = {
  metadata: { name: "web", namespace: "app", uid: "u", labels: { "app.io/x": "y" } },
  spec: { nodeName: "n", serviceAccountName: "sa", containers: [] },
};

const resolve = async (container: Partial<Container>) =>
  Object.fromEntries(
    (
      await environmentOf({
        pod,
        container: { name: "main", ...container },
        services: [],
        sources: {
          configMap: async (_, name) => (name === "cm" ? { data: { a: "1", b: "2" } } : undefined),
          secret: async (_, name) =>
            name === "s" ? { data: { pw: Buffer.from("geheim").toString("base64") } } : undefined,
        },
        addresses: { podIPs: ["10.1.0.1", "fd00::1"], hostIPs: ["10.0.0.1"] },
        allocatable: { cpu: "4", memory: "8Gi" },
      })
    ).map(({ name, value }) => [name, value]),
  );

test("variables from everywhere; env wins over envFrom", async () => {
  const field = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } });
  const resource = (name: string, divisor?: string) => ({
    valueFrom: { resourceFieldRef: { resource: name, ...(divisor ? { divisor } : {}) } },
  });
  expect(
    await resolve({
      resources: { requests: { cpu: "250m", memory: "64Mi" }, limits: { memory: "128Mi" } },
      envFrom: [
        { configMapRef: { name: "cm" }, prefix: "P_" },
        { secretRef: { name: "s" } },
        { configMapRef: { name: "no", optional: true } },
      ],
      env: [
        { name: "P_a", value: "own" },
        { name: "TWICE", value: "$(P_a)-$(P_b)" },
        { name: "PW", valueFrom: { secretKeyRef: { name: "s", key: "pw" } } },
        { name: "GONE", valueFrom: { configMapKeyRef: { name: "cm", key: "z", optional: true } } },
        { name: "IPS", ...field("status.podIPs") },
        { name: "HOST", ...field("status.hostIP") },
        { name: "LABEL", ...field("metadata.labels['app.io/x']") },
        { name: "SA", ...field("spec.serviceAccountName") },
        { name: "CPU", ...resource("requests.cpu") },
        { name: "CPU_M", ...resource("requests.cpu", "1m") },
        { name: "CPU_MAX", ...resource("limits.cpu") },
        { name: "MEM", ...resource("limits.memory", "1Mi") },
      ],
    }),
  ).toEqual({
    P_a: "own",
    P_b: "2",
    pw: "geheim",
    TWICE: "own-2",
    PW: "geheim",
    IPS: "10.1.0.1,fd00::1",
    HOST: "10.0.0.1",
    LABEL: "y",
    SA: "sa",
    CPU: "1",
    CPU_M: "250",
    CPU_MAX: "4",
    MEM: "128",
  });
});

test("what is missing is named as upstream names it", async () => {
  const from = (valueFrom: object) => resolve({ env: [{ name: "X", valueFrom }] });
  await expect(from({ configMapKeyRef: { name: "no", key: "k" } })).rejects.toThrow('configmap "no" not found');
  await expect(from({ configMapKeyRef: { name: "cm", key: "k" } })).rejects.toThrow(
    "couldn't find key k in ConfigMap app/cm",
  );
  await expect(from({ secretKeyRef: { name: "s", key: "k" } })).rejects.toThrow("couldn't find key k in Secret app/s");
  await expect(from({ fieldRef: { fieldPath: "spec.color" } })).rejects.toThrow(
    "field label not supported: spec.color",
  );
  await expect(resolve({ envFrom: [{ secretRef: { name: "no" } }] })).rejects.toThrow('secret "no" not found');
});
