import { expect, test } from "vitest";
import { createVirtualClock } from "../../../testing/virtual-clock.ts";
import { containerConfig, runtimeConformance, sandboxConfig, statusOf } from "../runtime.conformance.ts";
import { behaviourOf } from "./behaviour.ts";
import { createSimulatedRuntime } from "./runtime.ts";

const clock = createVirtualClock();

runtimeConformance("simulated", async () => {
  const runtime = createSimulatedRuntime({
    clock,
    images: [
      { pattern: "sleep:1", present: true, stopDelay: 60_000 },
      { pattern: "graceful:1", present: true, stopDelay: 10 },
      { pattern: "exit:*", present: true, crashAfter: 10 },
      { pattern: "good:1", present: true, crashAfter: 10, exitCode: 0 },
      { pattern: "bad:1", present: true, crashAfter: 10, exitCode: 3 },
    ],
  });
  const ids: Record<string, string> = {};
  for (const name of ["sleep", "graceful", "good", "bad"])
    ids[name] = (await runtime.images.find(`${name}:1`))?.id ?? "";
  return {
    runtime,
    image: "sleep:1",
    configure(behaviour) {
      if (behaviour.kind !== "print") return { image: ids[behaviour.kind] ?? "" };
      return { image: (behaviour.exitCode === 0 ? ids.good : ids.bad) ?? "" };
    },
    // Its state is the object itself.
    restart: async () => runtime,
    advance: (ms) => clock.advance(ms),
    capabilities: { real: false },
  };
});

test("behaviour is data: delays, failures, what is said", async () => {
  const runtime = createSimulatedRuntime({
    clock,
    images: [
      { pattern: "slow:*", pullDelay: 3000, startDelay: 2000, readyAfter: 1000, sizeBytes: 42, user: "app" },
      { pattern: "no/*", pullError: "not found" },
    ],
  });
  await expect(runtime.images.pull("no/where:1")).rejects.toMatchObject({
    reason: "ErrImagePull",
    message: "not found",
  });
  let pulled = false;
  const pull = runtime.images.pull("slow:1").then((image) => {
    pulled = true;
    return image;
  });
  await clock.advance(2900);
  expect(pulled).toBe(false);
  await clock.advance(100);
  const image = await pull;
  expect(image).toMatchObject({ tags: ["slow:1"], sizeBytes: 42, user: "app" });
  const sandbox = await runtime.runSandbox(sandboxConfig("a"));
  const id = await runtime.createContainer(sandbox, containerConfig(image.id));
  const start = runtime.startContainer(id);
  await clock.advance(1900);
  expect((await statusOf(runtime, id)).state).toBe("created");
  await clock.advance(100);
  await start;
  expect(await runtime.probe?.(id)).toMatchObject({ ok: false });
  await clock.advance(1000);
  expect(await runtime.probe?.(id)).toMatchObject({ ok: true });
  await runtime.images.remove("slow:1");
  expect(await runtime.images.list()).toEqual([]);
  await runtime.close();
});

test("every image exists, but for versions of the example that no node has", () => {
  const fails = (reference: string) => behaviourOf([], reference).pullError;
  expect(fails("wherry/first-app:10")).toBe("manifest unknown");
  expect(fails("docker.io/wherry/first-app:latest")).toBe("manifest unknown");
  expect(fails("docker.io/wherry/first-app")).toBe("manifest unknown");
  expect(fails("wherry/first-app:2")).toBeUndefined();
  expect(fails("wherry/first-apple:10")).toBeUndefined();
  expect(behaviourOf([{ pattern: "wherry/*" }], "wherry/first-app:10").pullError).toBeUndefined();
});

test("addresses are not handed out twice, and come back", async () => {
  const runtime = createSimulatedRuntime({ clock, podCIDR: "10.9.0.0/29" });
  const run = (name: string) => runtime.runSandbox(sandboxConfig(name));
  const ids = [];
  for (const name of ["a", "b", "c", "d", "e"]) ids.push(await run(name));
  const ips = (await runtime.sandboxes()).flatMap((s) => s.ips);
  expect(new Set(ips).size).toBe(5);
  await expect(run("f")).rejects.toThrow("no free address in 10.9.0.0/29");
  await runtime.removeSandbox(ids[2] ?? "");
  await run("g");
  expect((await runtime.sandboxes()).find((s) => s.config.name === "g")?.ips).toEqual(["10.9.0.4"]);
  await runtime.close();
});

test("two nodes with a source of randomness never share an id", async () => {
  const random = (seed: number) => ({
    next: () => 0,
    uuid: () => "",
    bytes: (n: number) => new Uint8Array(n).fill(seed),
  });
  const make = (seed: number) => createSimulatedRuntime({ clock, random: random(seed) }).runSandbox(sandboxConfig("a"));
  expect(await make(1)).not.toBe(await make(2));
});
