import { expect, test } from "vitest";
import type { ServicePort } from "../proxy.ts";
import { nothingMade, ruleset } from "./ruleset.ts";

const sticky = (affinitySeconds: number): ServicePort => ({
  id: "default/web:80",
  protocol: "TCP",
  clusterIP: "10.96.0.20",
  port: 80,
  backends: [{ ip: "10.244.0.2", port: 8080 }],
  drop: false,
  affinitySeconds,
});

test("another affinity time makes another set: the kernel keeps the timeout of one that exists", () => {
  const before = ruleset([sticky(10)], nothingMade);
  const after = ruleset([sticky(20)], before.made);
  const [old] = [...before.made.sets];
  expect(after.text).toContain("timeout 20s");
  expect(after.text).toContain(`delete set ip wherry ${old}`);
  expect(ruleset([sticky(20)], after.made).made.sets).toEqual(after.made.sets);
});
