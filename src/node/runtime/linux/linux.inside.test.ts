import { join } from "node:path";
import { systemClock, systemRandom } from "../../../base/clock.ts";
import { silentLogger } from "../../../base/logger.ts";
import { createImageStore } from "../../images/index.ts";
import { type Behaviour, runtimeConformance } from "../runtime.conformance.ts";
import { createLinuxRuntime } from "./index.ts";

// Runs inside a node's namespaces: linux.test.ts starts it there.
const dir = process.env.WHERRY_TEST_DIR as string;

const images = createImageStore({ dir: join(dir, "images"), clock: systemClock, random: systemRandom });
const makeRuntime = () =>
  createLinuxRuntime({
    stateDir: join(dir, "runtime"),
    podCIDR: "10.244.0.0/24",
    nodeAddress: "100.64.0.1",
    images,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  });

const programs: Record<Behaviour["kind"], (behaviour: Behaviour) => string> = {
  sleep: () => "exec node -e 'setInterval(() => {}, 1e9)'",
  graceful: () => "trap 'exit 0' TERM; echo ready; while :; do node -e 'setTimeout(() => {}, 1e9)' & wait $!; done",
  print: (b) => (b.kind === "print" ? `${b.lines.map((line) => `echo ${line}; `).join("")}exit ${b.exitCode}` : ""),
};

runtimeConformance("linux", async () => ({
  runtime: await makeRuntime(),
  image: "wherry/node",
  configure: (behaviour) => ({ command: ["sh", "-c", programs[behaviour.kind](behaviour)] }),
  restart: makeRuntime,
  capabilities: { real: true },
}));
