import { expect, test } from "vitest";
import type { ServicePort } from "../proxy.ts";
import { readCounters, ruleset, transactions } from "./ruleset.ts";

const service = (more: Partial<ServicePort> = {}): ServicePort => ({
  id: "default/web:80",
  protocol: "TCP",
  clusterIP: "10.96.0.20",
  port: 80,
  backends: [{ ip: "10.244.0.2", port: 8080 }],
  drop: false,
  ...more,
});
const many = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ ip: `10.244.${i >> 8}.${i & 255}`, port: 8080 }));
const change = (before: readonly ServicePort[], after: readonly ServicePort[]) =>
  transactions(ruleset(after), ruleset(before)).join("");

test("another affinity time makes another set: the kernel keeps the timeout of one that exists", () => {
  const [before, after] = [10, 20].map((affinitySeconds) => service({ affinitySeconds })) as [ServicePort, ServicePort];
  const [old] = ruleset([before]).sets.keys();
  const text = change([before], [after]);
  expect(text).toContain("timeout 20s");
  expect(text).toContain(`delete set ip wherry ${old}`);
  expect(text).not.toContain("counter ip wherry");
});

test("what stays is not touched", () => {
  const other = service({ id: "default/other:80", clusterIP: "10.96.0.21" });
  expect(transactions(ruleset([service(), other]), ruleset([service(), other]))).toEqual([]);
  const text = change([service(), other], [service({ backends: many(2) }), other]);
  const [chain] = [...ruleset([other]).services.values()];
  expect(text).not.toContain(chain);
  expect(text).not.toContain("table ip");
});

test("an address that is another Service's now leads to its chain", () => {
  const text = change([service()], [service({ id: "default/next:80" })]).split("\n");
  const at = "10.96.0.20 . tcp . 80";
  const removed = text.findIndex((line) => line.startsWith(`delete element ip wherry services { ${at} : goto`));
  expect(text[removed + 1]).toMatch(`add element ip wherry services { ${at} : goto`);
});

test("nothing is referred to that is not there, after each of many transactions", () => {
  const small = [service({ backends: many(3) })];
  const large = Array.from({ length: 20 }, (_, i) =>
    service({ id: `default/s${i}:80`, clusterIP: `10.96.0.${i}`, backends: many(50), affinitySeconds: 10 }),
  );
  const chains = new Set<string>();
  let steps = 0;
  for (const [before, after] of [
    [undefined, small],
    [small, large],
    [large, small],
  ] as const) {
    for (const text of transactions(ruleset(after), before && ruleset(before))) {
      steps++;
      expect(text.length).toBeLessThan(40_000);
      const referred = new Set<string>();
      for (const line of text.split("\n")) {
        const [, verb, chain = ""] = /^(add|delete) chain ip wherry (\S+)/.exec(line) ?? [];
        if (verb === "add") chains.add(chain);
        if (verb === "delete") chains.delete(chain);
        if (line.startsWith("add")) for (const [, name = ""] of line.matchAll(/goto ([\w-]+)/g)) referred.add(name);
      }
      for (const name of referred) expect(chains).toContain(name);
    }
  }
  expect(steps).toBeGreaterThan(5);
});

test("counters are read by name", () => {
  const text = `table ip wherry {
	counter connections-0123456789ab {
		packets 12 bytes 720
	}
	counter connections-ba9876543210 {
		packets 0 bytes 0
	}
}
`;
  expect([...readCounters(text)]).toEqual([
    ["connections-0123456789ab", 12],
    ["connections-ba9876543210", 0],
  ]);
});
