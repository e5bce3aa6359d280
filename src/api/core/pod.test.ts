import { describe, expect, test } from "vitest";
import type { Container, Pod, PodSpec, TopologySpreadConstraint } from "../generated/types.ts";
import { lines } from "../test-lines.ts";
import { podKind } from "./pod.ts";

const context = { now: 0, user: "test" };
const container: Container = { name: "app", image: "example.com/app:1" };

/** A pod as stored after its creation. */
function stored(spec: Partial<PodSpec> = {}): Pod {
  const pod: Pod = { metadata: { name: "p", namespace: "d" }, spec: { containers: [{ ...container }], ...spec } };
  podKind.applyDefaults(pod);
  podKind.prepareCreate(pod, context);
  return pod;
}
const errorsOf = (spec: Partial<PodSpec>) => lines(podKind.validate(stored(spec)));
const inContainer = (part: Partial<Container>) => errorsOf({ containers: [{ ...container, ...part }] });

describe("creation", () => {
  test("fills what a plain pod leaves out", () => {
    const pod = stored();
    expect(podKind.validate(pod)).toEqual([]);
    expect(pod).toEqual({
      metadata: { name: "p", namespace: "d", generation: 1 },
      spec: {
        containers: [
          {
            name: "app",
            image: "example.com/app:1",
            imagePullPolicy: "IfNotPresent",
            resources: {},
            terminationMessagePath: "/dev/termination-log",
            terminationMessagePolicy: "File",
          },
        ],
        dnsPolicy: "ClusterFirst",
        enableServiceLinks: true,
        restartPolicy: "Always",
        schedulerName: "default-scheduler",
        securityContext: {},
        terminationGracePeriodSeconds: 30,
      },
      status: { phase: "Pending", qosClass: "BestEffort" },
    });
  });

  test.each([
    ["app", "Always"],
    ["app:latest", "Always"],
    ["localhost:5000/app", "Always"],
    ["localhost:5000/app:2", "IfNotPresent"],
    [`app@sha256:${"0".repeat(64)}`, "IfNotPresent"],
  ])("the pull policy of %s is %s", (image, policy) => {
    expect(stored({ containers: [{ name: "a", image }] }).spec?.containers[0]?.imagePullPolicy).toBe(policy);
  });

  test("probes, ports, references and volumes have defaults", () => {
    const pod = stored({
      containers: [
        {
          ...container,
          ports: [{ containerPort: 80 }],
          env: [{ name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
          readinessProbe: { httpGet: { port: 80 } },
          resources: { limits: { cpu: "0.5", memory: "1024Ki" }, requests: { cpu: "100m" } },
        },
      ],
      volumes: [{ name: "e" }, { name: "c", configMap: { name: "c" } }, { name: "s", secret: { secretName: "s" } }],
    });
    expect(pod.spec?.containers[0]).toMatchObject({
      ports: [{ containerPort: 80, protocol: "TCP" }],
      env: [{ name: "IP", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "status.podIP" } } }],
      readinessProbe: {
        httpGet: { path: "/", port: 80, scheme: "HTTP" },
        timeoutSeconds: 1,
        periodSeconds: 10,
        successThreshold: 1,
        failureThreshold: 3,
      },
      resources: { limits: { cpu: "500m", memory: "1Mi" }, requests: { cpu: "100m", memory: "1Mi" } },
    });
    expect(pod.spec?.volumes).toEqual([
      { name: "e", emptyDir: {} },
      { name: "c", configMap: { name: "c", defaultMode: 420 } },
      { name: "s", secret: { secretName: "s", defaultMode: 420 } },
    ]);
    expect(podKind.validate(pod)).toEqual([]);
  });

  test.each<[Container["resources"], string]>([
    [{}, "BestEffort"],
    [{ requests: { cpu: "1" } }, "Burstable"],
    [{ limits: { cpu: "1" } }, "Burstable"],
    [{ limits: { cpu: "1", memory: "1Gi" } }, "Guaranteed"],
    [{ limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "1000m", memory: "1024Mi" } }, "Guaranteed"],
    [{ limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "500m" } }, "Burstable"],
  ])("resources %j make it %s", (resources, expected) => {
    expect(stored({ containers: [{ ...container, resources }] }).status?.qosClass).toBe(expected);
  });
});

describe("validation", () => {
  test.each<[string, Partial<PodSpec>, string[]]>([
    ["no containers", { containers: [] }, ["spec.containers: Required value"]],
    [
      "two containers of one name",
      { containers: [container, container] },
      ['spec.containers[1].name: Duplicate value: "app"'],
    ],
    [
      "a restart policy that is none",
      { restartPolicy: "Sometimes" },
      ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"'],
    ],
    [
      "an init container with a probe",
      { initContainers: [{ name: "i", image: "i:1", readinessProbe: { tcpSocket: { port: 1 } } }] },
      [
        "spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
      ],
    ],
    [
      "a DNS policy without its configuration",
      { dnsPolicy: "None" },
      ["spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"],
    ],
    [
      "a toleration of every key that compares",
      { tolerations: [{ operator: "Equal", value: "x" }] },
      [
        'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ],
    ],
    [
      "toleration seconds of another effect",
      { tolerations: [{ key: "a", operator: "Exists", effect: "NoSchedule", tolerationSeconds: 1 }] },
      [
        "spec.tolerations[0].effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when `tolerationSeconds` is set",
      ],
    ],
    [
      "a deadline of zero",
      { activeDeadlineSeconds: 0 },
      ["spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"],
    ],
    [
      "a volume of two types",
      { volumes: [{ name: "v", emptyDir: {}, hostPath: { path: "/x" } }] },
      ["spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type"],
    ],
    [
      "two volumes of one name",
      { volumes: [{ name: "v" }, { name: "v" }] },
      ['spec.volumes[1].name: Duplicate value: "v"'],
    ],
    [
      "an affinity without terms",
      {
        affinity: {
          nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } },
        },
      },
      [
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term",
      ],
    ],
  ])("%s", (_, spec, expected) => {
    expect(errorsOf(spec)).toEqual(expected);
  });

  test.each<[string, Partial<Container>, string[]]>([
    ["no image", { image: "" }, ["image: Required value"]],
    [
      "an image with a space around it",
      { image: "a " },
      ['image: Invalid value: "a ": must not have leading or trailing whitespace'],
    ],
    ["port 0", { ports: [{ containerPort: 0 }] }, ["ports[0].containerPort: Required value"]],
    [
      "port 70000",
      { ports: [{ containerPort: 70000 }] },
      ["ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"],
    ],
    [
      "an unknown protocol",
      { ports: [{ containerPort: 1, protocol: "HTTP" }] },
      ['ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"'],
    ],
    [
      "two ports of one name",
      {
        ports: [
          { name: "a", containerPort: 1 },
          { name: "a", containerPort: 2 },
        ],
      },
      ['ports[1].name: Duplicate value: "a"'],
    ],
    [
      "a mount of no volume",
      { volumeMounts: [{ name: "v", mountPath: "/v" }] },
      ['volumeMounts[0].name: Not found: "v"'],
    ],
    [
      "a probe that does nothing",
      { livenessProbe: {} },
      ["livenessProbe: Required value: must specify a handler type"],
    ],
    [
      "a liveness probe that must succeed twice",
      { livenessProbe: { tcpSocket: { port: 1 }, successThreshold: 2 } },
      ["livenessProbe.successThreshold: Invalid value: 2: must be 1"],
    ],
    [
      "a probe of two kinds",
      { readinessProbe: { exec: { command: ["x"] }, tcpSocket: { port: 1 } } },
      ["readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type"],
    ],
    [
      "a negative limit",
      { resources: { limits: { cpu: "-1" }, requests: { cpu: "-1" } } },
      [
        'resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
        'resources.requests[cpu]: Invalid value: "-1": must be greater than or equal to 0',
      ],
    ],
    [
      "a request over the limit",
      { resources: { limits: { cpu: "1" }, requests: { cpu: "2" } } },
      ['resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
    ],
    [
      "a resource nobody knows",
      { resources: { requests: { gold: "1" } } },
      [
        'resources.requests[gold]: Invalid value: "gold": must be a standard resource type or fully qualified',
        'resources.requests[gold]: Invalid value: "gold": must be a standard resource for containers',
      ],
    ],
    [
      "a variable from nowhere",
      { env: [{ name: "A", valueFrom: {} }] },
      [
        'env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
      ],
    ],
    [
      "a variable from a field that variables cannot have",
      { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "status.phase" } } }] },
      [
        'env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "status.phase": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"',
      ],
    ],
    [
      "a restart policy of its own",
      { restartPolicy: "Always" },
      ["restartPolicy: Forbidden: may not be set for non-init containers"],
    ],
  ])("a container with %s", (_, part, expected) => {
    expect(inContainer(part)).toEqual(expected.map((line) => `spec.containers[0].${line}`));
  });

  test("a spread constraint that says nothing, or keys without a selector", () => {
    const constraints = [
      {},
      { maxSkew: 1, topologyKey: "z", whenUnsatisfiable: "DoNotSchedule", matchLabelKeys: ["a b"] },
    ];
    expect(errorsOf({ topologySpreadConstraints: constraints as TopologySpreadConstraint[] })).toEqual([
      "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
      "spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty",
      'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "": supported values: "DoNotSchedule", "ScheduleAnyway"',
      "spec.topologySpreadConstraints[1].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set",
      expect.stringMatching(
        /^spec.topologySpreadConstraints\[1\].matchLabelKeys\[0\]: Invalid value: "a b": name part /,
      ),
    ]);
  });

  test("an operating system that nobody has", () => {
    expect(errorsOf({ os: { name: "dos" } })).toEqual([
      'spec.os: Unsupported value: "dos": supported values: "linux", "windows"',
    ]);
  });

  test("a sidecar may have probes and restart", () => {
    expect(
      errorsOf({
        initContainers: [
          { name: "s", image: "s:1", restartPolicy: "Always", livenessProbe: { tcpSocket: { port: 1 } } },
        ],
      }),
    ).toEqual([]);
  });
});

describe("update", () => {
  const update = (change: (pod: Pod) => void) => {
    const previous = stored({ nodeName: "n", tolerations: [{ key: "t", operator: "Exists" }] });
    const next = structuredClone(previous);
    change(next);
    podKind.prepareUpdate(next, previous, context);
    return { next, errors: lines(podKind.validateUpdate(next, previous)) };
  };
  const spec = (pod: Pod) => pod.spec as PodSpec;

  test("an image may change and raises the generation", () => {
    const { next, errors } = update((pod) =>
      Object.assign(spec(pod).containers[0] ?? {}, { image: "example.com/app:2" }),
    );
    expect(errors).toEqual([]);
    expect(next.metadata?.generation).toBe(2);
  });

  test("labels may change and do not", () => {
    const { next, errors } = update((pod) => Object.assign(pod.metadata ?? {}, { labels: { a: "b" } }));
    expect(errors).toEqual([]);
    expect(next.metadata?.generation).toBe(1);
  });

  test("status does not change through here", () => {
    expect(update((pod) => Object.assign(pod, { status: { phase: "Running" } })).next.status?.phase).toBe("Pending");
  });

  test("little else may change", () => {
    const { errors } = update((pod) => {
      spec(pod).dnsPolicy = "Default";
    });
    expect(errors).toEqual([
      'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n- dnsPolicy: "ClusterFirst"\n+ dnsPolicy: "Default"',
    ]);
  });

  test.each<[string, (pod: Pod) => void, string[]]>([
    [
      "a container more",
      (pod) => spec(pod).containers.push({ name: "b", image: "b" }),
      ["spec.containers: Forbidden: pod updates may not add or remove containers"],
    ],
    [
      "a toleration less",
      (pod) => spec(pod).tolerations?.pop(),
      ["spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"],
    ],
    ["a toleration more", (pod) => spec(pod).tolerations?.push({ key: "x", operator: "Exists" }), []],
    [
      "a deadline",
      (pod) => {
        spec(pod).activeDeadlineSeconds = 5;
      },
      [],
    ],
  ])("%s", (_, change, expected) => {
    expect(update(change).errors).toEqual(expected);
  });
});

describe("status", () => {
  test("keeps the spec and the class of service", () => {
    const previous = stored();
    const next: Pod = { metadata: {}, spec: { containers: [] }, status: { phase: "Running" } };
    podKind.status?.prepareUpdate(next, previous);
    expect(next.spec).toEqual(previous.spec);
    expect(next.status).toEqual({ phase: "Running", qosClass: "BestEffort" });
    expect(podKind.status?.validateUpdate(next, previous)).toEqual([]);
  });

  test("a container that has ended stays so", () => {
    const ended: Pod = stored({ restartPolicy: "Never" });
    const containerStatus = { name: "app", image: "i", imageID: "", ready: false, restartCount: 0 };
    ended.status = {
      qosClass: "BestEffort",
      containerStatuses: [{ ...containerStatus, state: { terminated: { exitCode: 0 } } }],
    };
    const next = structuredClone(ended);
    next.status = { qosClass: "BestEffort", containerStatuses: [{ ...containerStatus, state: { running: {} } }] };
    expect(lines(podKind.status?.validateUpdate(next, ended) ?? [])).toEqual([
      "status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state",
    ]);
  });
});

test.each<[string, Pod, number | undefined, number]>([
  ["unscheduled", stored(), 60, 0],
  ["scheduled", stored({ nodeName: "n" }), undefined, 30],
  ["scheduled, with a wish", stored({ nodeName: "n" }), 5, 5],
  ["scheduled, at once", stored({ nodeName: "n" }), 0, 0],
  ["negative", stored({ nodeName: "n", terminationGracePeriodSeconds: -1 }), undefined, 1],
  ["finished", { ...stored({ nodeName: "n" }), status: { phase: "Succeeded" } }, 60, 0],
])("grace period: %s", (_, pod, requested, expected) => {
  expect(podKind.gracePeriod?.(pod, requested)).toBe(expected);
});

test("warnings", () => {
  const pod = stored({
    containers: [
      {
        ...container,
        ports: [{ containerPort: 80 }, { containerPort: 80 }],
        env: [
          { name: "A", value: "1" },
          { name: "A", value: "2" },
        ],
      },
    ],
  });
  expect(podKind.warnings(pod, undefined)).toEqual([
    'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    "spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]",
  ]);
  expect(podKind.warnings(pod, pod)).toEqual([]);
});
