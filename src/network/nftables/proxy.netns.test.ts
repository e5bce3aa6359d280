import { describe } from "vitest";
import { proxyConformance } from "../proxy.conformance.ts";
import { createNftablesProxy } from "./proxy.ts";

describe("nftables proxy", () => {
  proxyConformance(createNftablesProxy);
});
