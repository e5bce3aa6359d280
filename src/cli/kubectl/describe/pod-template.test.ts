import { expect, test } from "vitest";
import { podTemplateText } from "./pod-template.ts";

test("a template with little in it", () => {
  expect(
    podTemplateText({
      metadata: { labels: { "pod-template-hash": "5d8f", app: "web" } },
      spec: { containers: [{ name: "web", image: "web:1", resources: {} }] },
    }),
  ).toBe(
    [
      "Pod Template:",
      "  Labels:\tapp=web",
      "\tpod-template-hash=5d8f",
      "  Containers:",
      "   web:",
      "    Image:\tweb:1",
      "    Port:\t<none>",
      "    Host Port:\t<none>",
      "    Environment:\t<none>",
      "    Mounts:\t<none>",
      "  Volumes:\t<none>",
      "  Node-Selectors:\t<none>",
      "  Tolerations:\t<none>",
      "",
    ].join("\n"),
  );
});

test("a template with a lot in it", () => {
  const text = podTemplateText({
    metadata: { labels: {}, annotations: { note: "n", long: "x".repeat(150) } },
    spec: {
      serviceAccountName: "runner",
      containers: [
        {
          name: "web",
          image: "web:1",
          ports: [
            { name: "http", containerPort: 80, protocol: "TCP" },
            { containerPort: 53, hostPort: 5353, protocol: "UDP" },
          ],
          env: [
            { name: "TWO", value: "one\ntwo" },
            { name: "KEY", valueFrom: { secretKeyRef: { name: "s", key: "k", optional: true } } },
            { name: "CPU", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } },
          ],
          envFrom: [{ prefix: "P_", configMapRef: { name: "c" } }],
          livenessProbe: { exec: { command: ["cat", "/f"] }, periodSeconds: 5 },
          readinessProbe: { httpGet: { path: "/a b?c", port: "http", scheme: "HTTP" } },
          resources: { limits: { cpu: "1500m" } },
          volumeMounts: [
            { name: "v", mountPath: "/z", readOnly: true, subPath: "sub" },
            { name: "v", mountPath: "/a" },
          ],
        },
      ],
      volumes: [
        { name: "v", emptyDir: {} },
        { name: "c", configMap: { name: "conf" } },
      ],
      tolerations: [
        { operator: "Exists" },
        { key: "k", operator: "Equal", value: "v", effect: "NoExecute", tolerationSeconds: 5 },
      ],
    },
  });
  expect(text).toContain(`  Annotations:\tlong:\n\t  ${"x".repeat(138)}...\n\tnote: n\n`);
  expect(text).toContain("  Service Account:\trunner\n");
  expect(text).toContain("    Ports:\t80/TCP (http), 53/UDP\n    Host Ports:\t0/TCP (http), 5353/UDP\n");
  expect(text).toContain("      TWO:\tone\n      \ttwo\n");
  expect(text).toContain("      KEY:\t<set to the key 'k' in secret 's'>\tOptional: true\n");
  expect(text).toContain("      CPU:\t2 (limits.cpu)\n");
  expect(text).toContain("      c\tConfigMap with prefix 'P_'\tOptional: false\n");
  expect(text).toContain("    Liveness:\texec [cat /f] delay=0s timeout=0s period=5s #success=0 #failure=0\n");
  expect(text).toContain("    Readiness:\thttp-get http://:http/a%20b%3Fc delay=0s");
  expect(text).toContain('      /a from v (rw)\n      /z from v (ro,path="sub")\n');
  expect(text).toContain(
    "    Type:\tConfigMap (a volume populated by a ConfigMap)\n    Name:\tconf\n    Optional:\tfalse\n",
  );
  expect(text).toContain("  Tolerations:\top=Exists\n\tk=v:NoExecute for 5s\n");
});
