import { describe } from "vitest";
import { systemClock, systemRandom } from "../../base/clock.ts";
import { silentLogger } from "../../base/logger.ts";
import { proxyConformance } from "../proxy.conformance.ts";
import { createUserspaceProxy } from "./proxy.ts";

describe("userspace proxy", () => {
  proxyConformance(() => createUserspaceProxy({ clock: systemClock, random: systemRandom, logger: silentLogger }));
});
