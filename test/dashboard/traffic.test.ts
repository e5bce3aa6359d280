import { expect, test } from "vitest";
import { parseConnections, ratesOf, sumOf } from "../../src/dashboard/model/traffic.ts";

test("counts of a pod are added up over its Services and ports; what has no pod is left out", () => {
  const text = `# TYPE wherry_proxy_connections_total counter
wherry_proxy_connections_total{namespace="shop",service="web",port="80",pod="web-a",endpoint="10.0.0.1:80"} 12
wherry_proxy_connections_total{namespace="shop",service="all",port="80",pod="web-a",endpoint="10.0.0.1:80"} 3
wherry_proxy_connections_total{namespace="shop",service="web",port="80",pod="web-b",endpoint="10.0.0.2:80"} 1
wherry_proxy_connections_total{namespace="shop",service="web",port="80",pod="",endpoint="10.0.0.3:80"} 7
other_total{pod="web-a",namespace="shop"} 5
`;
  expect([...parseConnections(text)]).toEqual([
    ["shop/web-a", 15],
    ["shop/web-b", 1],
  ]);
});

test("rates are per second; a counter that began anew counts from 0", () => {
  const before = new Map([
    ["shop/a", 10],
    ["shop/b", 100],
  ]);
  const after = new Map([
    ["shop/a", 30],
    ["shop/b", 4],
    ["shop/c", 2],
  ]);
  const rates = ratesOf(before, after, 2);
  expect([...rates]).toEqual([
    ["shop/a", 10],
    ["shop/b", 2],
    ["shop/c", 1],
  ]);
  expect(sumOf([rates, new Map([["shop/a", 1]])]).get("shop/a")).toBe(11);
});
