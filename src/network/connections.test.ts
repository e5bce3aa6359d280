import { expect, test } from "vitest";
import type { EndpointSlice } from "../api/generated/types.ts";
import { ConnectionCounts, connectionMetrics } from "./connections.ts";

const a = { ip: "10.244.0.2", port: 8080 };
const b = { ip: "10.244.0.3", port: 8080 };
const id = "shop/web:http";

test("a backend is counted from 0 while it is there", () => {
  const counts = new ConnectionCounts();
  counts.add(id, a);
  expect(counts.list()).toEqual([]);
  counts.keep([{ id, backends: [a, b] }]);
  counts.add(id, { ...a });
  counts.add(id, a);
  counts.add("shop/web:other", a);
  const before = counts.list();
  expect(before).toEqual([
    { id, backend: a, count: 2 },
    { id, backend: b, count: 0 },
  ]);
  counts.keep([{ id, backends: [a] }]);
  counts.add(id, b);
  counts.add(id, a);
  expect(counts.list()).toEqual([{ id, backend: a, count: 3 }]);
  expect(before).toHaveLength(2);
});

test("the metrics name the pods, and add up the ways to one port", () => {
  const slice: EndpointSlice = {
    metadata: { namespace: "shop", name: "web-1", labels: { "kubernetes.io/service-name": "web" } },
    addressType: "IPv4",
    endpoints: [{ addresses: [a.ip], targetRef: { kind: "Pod", name: "web-abc" } }, { addresses: [b.ip] }],
  };
  const counts = [
    { id, backend: b, count: 7 },
    { id, backend: a, count: 1 },
    { id: `${id}:node`, backend: a, count: 2 },
    { id: "other/web:80", backend: a, count: 4 },
  ];
  expect(connectionMetrics(counts, [slice]).split("\n").slice(1)).toEqual([
    "# TYPE wherry_proxy_connections_total counter",
    'wherry_proxy_connections_total{namespace="other",service="web",port="80",pod="",endpoint="10.244.0.2:8080"} 4',
    'wherry_proxy_connections_total{namespace="shop",service="web",port="http",pod="",endpoint="10.244.0.3:8080"} 7',
    'wherry_proxy_connections_total{namespace="shop",service="web",port="http",pod="web-abc",endpoint="10.244.0.2:8080"} 3',
    "",
  ]);
});
