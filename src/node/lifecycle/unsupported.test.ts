import { expect, test } from "vitest";
import { unsupportedFields } from "./unsupported.ts";

test("a plain pod lacks nothing", () => {
  expect(unsupportedFields({ spec: { containers: [{ name: "main", ports: [{ containerPort: 80 }] }] } })).toEqual({
    refused: [],
    ignored: [],
  });
});

test("what is refused and what is ignored is named by its field", () => {
  const containers = [
    {
      name: "main",
      ports: [{ containerPort: 80, hostPort: 8080 }],
      volumeMounts: [{ name: "v", mountPath: "/v", mountPropagation: "Bidirectional" }],
      securityContext: { seccompProfile: { type: "RuntimeDefault" } },
    },
  ];
  const pod = { spec: { hostPID: true, securityContext: { sysctls: [{ name: "a", value: "b" }] }, containers } };
  expect(unsupportedFields(pod)).toEqual({
    refused: ["spec.hostPID", "spec.securityContext.sysctls", "spec.containers{main}.volumeMounts.mountPropagation"],
    ignored: ["spec.containers{main}.securityContext.seccompProfile", "spec.containers{main}.ports.hostPort 8080"],
  });
  expect(unsupportedFields({ spec: { ...pod.spec, hostNetwork: true } }).ignored).not.toContain(
    "spec.containers{main}.ports.hostPort 8080",
  );
});
