import { expect, test } from "vitest";
import { createAddressPool, simulatedPodCIDR } from "./addresses.ts";

test("every simulated node has a range of its own, and pods get addresses out of it", () => {
  const ranges = Array.from({ length: 10_000 }, (_, index) => simulatedPodCIDR(index));
  expect(new Set(ranges).size).toBe(10_000);
  expect([ranges[0], ranges[2047], ranges[2048]]).toEqual(["10.128.0.0/20", "10.255.240.0/20", "240.0.0.0/20"]);
  expect(createAddressPool(ranges[2049] ?? "").take()).toBe("240.0.16.2");
  expect(() => simulatedPodCIDR(2048 + 65_536)).toThrow("no range for simulated node 67584");
});
