import fc from "fast-check";
import { expect, test } from "vitest";
import type { Container, Pod } from "../../api/generated/types.ts";
import { type PodState, type ProbeResults, podStateOf } from "../pod-state.ts";
import type { ContainerStatus, SandboxStatus } from "../runtime/runtime.ts";
import { podStatusOf } from "../status/pod-status.ts";
import { type BackOff, raise } from "./back-off.ts";
import { type Action, planPod } from "./plan.ts";

const now = 1_000_000_000_000;

// A small world: the plan's actions change it, and so do processes that end and probes that fail.
interface World {
  readonly pod: Pod;
  sandboxes: SandboxStatus[];
  containers: ContainerStatus[];
  backOffs: Map<string, BackOff>;
  probes: Map<string, ProbeResults>;
  now: number;
  ids: number;
}

const stateOf = (world: World): PodState => podStateOf("u", world.sandboxes, world.containers);
const planOf = (world: World) =>
  planPod({
    pod: world.pod,
    state: stateOf(world),
    probes: (id) => world.probes.get(id) ?? {},
    backOffs: world.backOffs,
    now: world.now,
  });
const statusOf = (world: World, previous: NonNullable<Pod["status"]>) =>
  podStatusOf({
    pod: world.pod,
    state: stateOf(world),
    probes: (id) => world.probes.get(id) ?? {},
    failures: new Map(),
    previous,
    terminal: false,
    hostIPs: ["10.0.0.1"],
    now: world.now,
  });

const end = (world: World, id: string, exitCode: number) => {
  world.containers = world.containers.map((c) =>
    c.id === id && c.state === "running" ? { ...c, state: "exited", exitCode, finishedAt: world.now } : c,
  );
};

function apply(world: World, action: Action): void {
  switch (action.kind) {
    case "createSandbox":
      world.sandboxes.push({
        id: `s${world.ids++}`,
        config: { uid: "u", attempt: action.attempt } as SandboxStatus["config"],
        state: "ready",
        createdAt: world.now,
        ips: ["10.1.0.1"],
      });
      break;
    case "stopSandbox":
      for (const c of world.containers) if (c.sandboxId === action.id) end(world, c.id, 137);
      world.sandboxes = world.sandboxes.map((s) => (s.id === action.id ? { ...s, state: "notready" } : s));
      break;
    case "killContainer":
      end(world, action.id, 137);
      break;
    case "startContainer": {
      const { container, previous } = action;
      const sandboxId = stateOf(world).sandbox?.id ?? "";
      if (previous?.state === "exited")
        world.backOffs.set(
          container.name,
          raise(world.backOffs.get(container.name), previous.finishedAt ?? 0, world.now),
        );
      world.containers.push({
        id: `c${world.ids++}`,
        sandboxId,
        config: {
          name: container.name,
          attempt: previous ? previous.config.attempt + 1 : 0,
          annotations: {},
        } as unknown as ContainerStatus["config"],
        state: "running",
        createdAt: world.now,
        startedAt: world.now,
        imageRef: "",
      });
      break;
    }
    case "wait":
      expect(action.until).toBeGreaterThan(world.now);
  }
}

/** Acts on plans until one has nothing to do but wait. */
function settle(world: World): void {
  for (let i = 0; i < 50; i++) {
    const todo = planOf(world).actions.filter((a) => a.kind !== "wait");
    if (todo.length === 0) return;
    for (const action of todo) apply(world, action);
  }
  throw new Error("the plan never comes to rest");
}

const container = (name: string, extra: Partial<Container> = {}): Container => ({ name, image: "i", ...extra });

const newWorld = (spec: Partial<Pod["spec"]>): World => ({
  pod: { metadata: { name: "p", namespace: "d", uid: "u" }, spec: { containers: [container("main")], ...spec } },
  sandboxes: [],
  containers: [],
  backOffs: new Map(),
  probes: new Map(),
  now,
  ids: 1,
});

const anyPod = fc.record({
  restartPolicy: fc.constantFrom("Always", "OnFailure", "Never"),
  containers: fc.integer({ min: 1, max: 3 }).map((n) => Array.from({ length: n }, (_, i) => container(`main${i}`))),
  initContainers: fc
    .array(fc.boolean(), { maxLength: 3 })
    .map((sidecars) => sidecars.map((sidecar, i) => container(`init${i}`, sidecar ? { restartPolicy: "Always" } : {}))),
});

const anyStep = fc.oneof(
  fc.record({ kind: fc.constant("end" as const), pick: fc.nat(), exitCode: fc.constantFrom(0, 1) }),
  fc.record({ kind: fc.constant("unhealthy" as const), pick: fc.nat() }),
  fc.record({ kind: fc.constant("time" as const), ms: fc.integer({ min: 1, max: 400_000 }) }),
  fc.record({ kind: fc.constant("sandbox" as const) }),
);

test("whatever happens, the invariants of a pod's life hold", () => {
  fc.assert(
    fc.property(anyPod, fc.array(anyStep, { maxLength: 25 }), (spec, steps) => {
      const world = newWorld(spec);
      let status: NonNullable<Pod["status"]> = {};
      let ended: string | undefined;
      for (const step of [{ kind: "time" as const, ms: 1 }, ...steps]) {
        const running = world.containers.filter((c) => c.state === "running");
        const picked = "pick" in step ? running[step.pick % Math.max(1, running.length)] : undefined;
        if (step.kind === "time") world.now += step.ms;
        else if (step.kind === "end" && picked) end(world, picked.id, step.exitCode);
        else if (step.kind === "unhealthy" && picked) world.probes.set(picked.id, { liveness: "failure" });
        else if (step.kind === "sandbox") {
          for (const s of world.sandboxes) apply(world, { kind: "stopSandbox", id: s.id, replaced: true });
        }
        if (ended) continue;
        settle(world);

        const live = world.containers.filter((c) => c.state === "running");
        // Never two of one container, and none outside the newest sandbox.
        expect(new Set(live.map((c) => c.config.name)).size).toBe(live.length);
        for (const c of live) expect(c.sandboxId).toBe(stateOf(world).sandbox?.id);
        // No container runs before the init containers are done, and plain ones run one at a time.
        const plain = (spec.initContainers ?? []).filter((c) => c.restartPolicy !== "Always").map((c) => c.name);
        const liveInits = live.filter((c) => plain.includes(c.config.name));
        expect(liveInits.length).toBeLessThanOrEqual(1);
        if (liveInits.length > 0) expect(live.some((c) => c.config.name.startsWith("main"))).toBe(false);
        // With Never, nothing but sidecars is ever started twice in one sandbox.
        if (spec.restartPolicy === "Never")
          for (const c of world.containers) if (c.config.name.startsWith("main")) expect(c.config.attempt).toBe(0);

        status = statusOf(world, status);
        // Running means that everything has been started; an end is an end.
        if (status.phase === "Succeeded" || status.phase === "Failed") {
          ended = status.phase;
          expect(live).toEqual([]);
          expect(spec.restartPolicy === "Always" && ended === "Succeeded").toBe(false);
        }
        if (status.phase === "Running")
          expect(status.containerStatuses?.every((s) => !s.state?.waiting || s.lastState?.terminated)).toBe(true);
        const ready = status.conditions?.find((c) => c.type === "Ready")?.status;
        if (ready === "True") expect(status.containerStatuses?.every((s) => s.state?.running)).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

test("a plan that has been carried out asks for nothing more", () => {
  fc.assert(
    fc.property(anyPod, (spec) => {
      const world = newWorld(spec);
      settle(world);
      expect(planOf(world).actions).toEqual([]);
    }),
  );
});

test("a changed image replaces the container whatever the restart policy", () => {
  const world = newWorld({ restartPolicy: "Never" });
  settle(world);
  const [running] = world.containers;
  world.containers = [
    {
      ...(running as ContainerStatus),
      config: { ...(running as ContainerStatus).config, annotations: { "io.kubernetes.container.hash": "old" } },
    },
  ];
  expect(planOf(world).actions).toMatchObject([
    { kind: "killContainer", message: "Container main definition changed, will be restarted", reason: "other" },
  ]);
});

test("a failing init container with Never ends the pod", () => {
  const world = newWorld({ restartPolicy: "Never", initContainers: [container("init0")] });
  settle(world);
  end(world, world.containers[0]?.id ?? "", 1);
  expect(planOf(world)).toMatchObject({ done: true, actions: [{ kind: "stopSandbox" }] });
  settle(world);
  expect(statusOf(world, {}).phase).toBe("Failed");
});

test("a failed init container ends the pod, though a sidecar before it waits for its back-off", () => {
  const sidecar = (name: string) => container(name, { restartPolicy: "Always" });
  const world = newWorld({
    restartPolicy: "Never",
    initContainers: [sidecar("init0"), sidecar("init1"), container("init2")],
  });
  settle(world);
  const idOf = (name: string) => world.containers.findLast((c) => c.config.name === name)?.id ?? "";
  for (let restarts = 0; restarts < 2; restarts++) {
    end(world, idOf("init0"), 1);
    settle(world);
  }
  expect(planOf(world).actions).toMatchObject([{ kind: "wait", container: { name: "init0" } }]);
  end(world, idOf("init2"), 1);
  expect(planOf(world)).toMatchObject({ done: true, actions: [{ kind: "stopSandbox" }] });
});

test("a pod that is being deleted starts nothing", () => {
  const world = newWorld({});
  settle(world);
  end(world, world.containers[0]?.id ?? "", 0);
  const pod: Pod = { ...world.pod, metadata: { ...world.pod.metadata, deletionTimestamp: "2025-01-01T00:00:00Z" } };
  const { actions } = planOf({ ...world, pod });
  expect(actions.some((a) => a.kind === "startContainer")).toBe(false);
});

test("a new sandbox starts from the first init container again", () => {
  const world = newWorld({ initContainers: [container("init0")] });
  settle(world);
  end(world, world.containers[0]?.id ?? "", 0);
  settle(world);
  expect(world.containers.map((c) => c.config.name)).toEqual(["init0", "main"]);
  apply(world, { kind: "stopSandbox", id: world.sandboxes[0]?.id ?? "", replaced: true });
  settle(world);
  const again = world.containers.filter((c) => c.state === "running");
  expect(again.map((c) => [c.config.name, c.config.attempt])).toEqual([["init0", 1]]);
});
