import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock, systemRandom } from "../../../base/clock.ts";
import { silentLogger } from "../../../base/logger.ts";
import { createImageStore } from "../../images/index.ts";
import { containerConfig, logText, sandboxConfig } from "../runtime.conformance.ts";
import { createLinuxRuntime } from "./index.ts";

// Runs inside a node's namespaces, twice: linux.test.ts kills the node in between.
const dir = join(process.env.WHERRY_TEST_DIR as string, "power-cut");
const marker = join(dir, "running");

const makeRuntime = () =>
  createLinuxRuntime({
    stateDir: join(dir, "runtime"),
    podCIDR: "10.244.0.128/25",
    nodeAddress: "100.64.0.1",
    images: createImageStore({ dir: join(dir, "images"), clock: systemClock, random: systemRandom }),
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  });

if (!existsSync(marker))
  test("a container runs when the power is cut", async () => {
    mkdirSync(dir);
    const runtime = await makeRuntime();
    const sandbox = await runtime.runSandbox(sandboxConfig("cut"));
    const command = ["node", "-e", "console.log('up'); setInterval(() => {}, 1e9)"];
    const id = await runtime.createContainer(sandbox, containerConfig("wherry/node", { command }));
    await runtime.startContainer(id);
    for await (const _ of runtime.logs(id, { follow: true })) break;
    writeFileSync(marker, `${sandbox} ${id}`);
    await runtime.close();
  });
else
  test("after a power cut nothing runs, what was there is known, and it can be removed", async () => {
    const [sandbox = "", id = ""] = readFileSync(marker, "utf8").split(" ");
    const runtime = await makeRuntime();
    expect(await runtime.sandboxes()).toMatchObject([{ id: sandbox, state: "notready", ips: [] }]);
    expect(await runtime.containers()).toMatchObject([{ id, state: "exited", exitCode: 137, reason: "Error" }]);
    expect(await logText(runtime, id)).toBe("up\n");
    await expect(runtime.createContainer(sandbox, containerConfig("wherry/node"))).rejects.toThrow("not running");
    const next = await runtime.runSandbox(sandboxConfig("cut", { attempt: 1 }));
    await runtime.removeSandbox(sandbox);
    expect(await runtime.containers()).toEqual([]);
    await runtime.removeSandbox(next);
    await runtime.close();
  });
