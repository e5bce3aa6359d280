import { type DecodedPacket, decode, encode } from "dns-packet";
import { describe, expect, test } from "vitest";
import type { EndpointSlice, Service } from "../../api/generated/types.ts";
import { respond } from "./respond.ts";
import { Zone } from "./zone.ts";

const web: Service = {
  metadata: { namespace: "shop", name: "web" },
  spec: {
    clusterIP: "10.96.0.7",
    clusterIPs: ["10.96.0.7"],
    ports: [{ name: "http", port: 80, protocol: "TCP" }, { port: 81 }],
  },
};
const db: Service = {
  metadata: { namespace: "shop", name: "db" },
  spec: { clusterIP: "None", clusterIPs: ["None"], ports: [{ name: "pg", port: 5432, protocol: "TCP" }] },
};
const outside: Service = {
  metadata: { namespace: "shop", name: "out" },
  spec: { type: "ExternalName", externalName: "api.example.com" },
};
const alias: Service = {
  metadata: { namespace: "shop", name: "alias" },
  spec: { type: "ExternalName", externalName: "web.shop.svc.cluster.local" },
};
const slice = (ready: boolean): EndpointSlice => ({
  metadata: { namespace: "shop", name: "db-1", labels: { "kubernetes.io/service-name": "db" } },
  addressType: "IPv4",
  ports: [{ name: "pg", port: 5433, protocol: "TCP" }],
  endpoints: [
    { addresses: ["10.244.0.5"], hostname: "db-0", conditions: { ready } },
    { addresses: ["10.244.0.6"], conditions: { ready } },
    { addresses: ["10.244.0.9"], conditions: { ready: false } },
  ],
});
const zone = new Zone("cluster.local", [web, db, outside, alias], [slice(true)]);

const ask = (name: string, type = "A", from = zone) => {
  const result = from.resolve(name, type);
  return result.code === "NOERROR" ? result.answers.map((a) => a.data) : result.code;
};

describe("DNS schema 1.1.0", () => {
  test.each([
    ["dns-version.cluster.local", "TXT", [["1.1.0"]]],
    ["web.shop.svc.cluster.local", "A", ["10.96.0.7"]],
    ["WEB.Shop.svc.cluster.LOCAL", "A", ["10.96.0.7"]],
    ["web.shop.svc.cluster.local", "AAAA", []],
    ["7.0.96.10.in-addr.arpa", "PTR", ["web.shop.svc.cluster.local"]],
    [
      "_http._tcp.web.shop.svc.cluster.local",
      "SRV",
      [{ priority: 0, weight: 100, port: 80, target: "web.shop.svc.cluster.local" }],
    ],
    ["_http._udp.web.shop.svc.cluster.local", "SRV", "NXDOMAIN"],
    ["db.shop.svc.cluster.local", "A", ["10.244.0.5", "10.244.0.6"]],
    ["db-0.db.shop.svc.cluster.local", "A", ["10.244.0.5"]],
    ["10-244-0-6.db.shop.svc.cluster.local", "A", ["10.244.0.6"]],
    ["5.0.244.10.in-addr.arpa", "PTR", ["db-0.db.shop.svc.cluster.local"]],
    ["out.shop.svc.cluster.local", "A", ["api.example.com"]],
    ["alias.shop.svc.cluster.local", "A", ["web.shop.svc.cluster.local", "10.96.0.7"]],
    ["nothing.shop.svc.cluster.local", "A", "NXDOMAIN"],
    ["web.elsewhere.svc.cluster.local", "A", "NXDOMAIN"],
    ["shop.svc.cluster.local", "A", []],
    ["example.com", "A", "OUTSIDE"],
  ])("%s %s", (name, type, expected) => {
    expect(ask(name, type)).toEqual(expected);
  });

  test("a headless Service's named port has one SRV per ready endpoint", () => {
    expect(ask("_pg._tcp.db.shop.svc.cluster.local", "SRV")).toEqual([
      { priority: 0, weight: 100, port: 5433, target: "db-0.db.shop.svc.cluster.local" },
      { priority: 0, weight: 100, port: 5433, target: "10-244-0-6.db.shop.svc.cluster.local" },
    ]);
  });

  test("a headless Service without a ready endpoint does not exist", () => {
    expect(ask("db.shop.svc.cluster.local", "A", new Zone("cluster.local", [db], [slice(false)]))).toBe("NXDOMAIN");
  });
});

describe("wire format", () => {
  const query = (name: string) =>
    encode({ type: "query", id: 7, flags: 0x0100, questions: [{ type: "A", name, class: "IN" }] });
  // The types of dns-packet do not know that decoding also names the response code.
  const answer = (name: string, max = 512): DecodedPacket & { rcode?: string } => {
    const bytes = respond(query(name), zone, () => max);
    if (!bytes) throw new Error("no answer");
    return decode(Buffer.from(bytes));
  };

  test("repeats id and question, and is authoritative", () => {
    expect(answer("web.shop.svc.cluster.local")).toMatchObject({
      id: 7,
      rcode: "NOERROR",
      flag_aa: true,
      answers: [{ name: "web.shop.svc.cluster.local", type: "A", data: "10.96.0.7" }],
    });
  });
  test("a missing name carries the zone's SOA", () => {
    expect(answer("no.shop.svc.cluster.local")).toMatchObject({ rcode: "NXDOMAIN", authorities: [{ type: "SOA" }] });
  });
  test("names outside are refused, single labels do not exist", () => {
    expect(answer("example.com").rcode).toBe("REFUSED");
    expect(answer("web").rcode).toBe("NXDOMAIN");
  });
  test("what does not fit is truncated", () => {
    expect(answer("web.shop.svc.cluster.local", 20)).toMatchObject({ flag_tc: true, answers: [] });
  });
  test("garbage is not answered", () => {
    expect(respond(Buffer.from("garbage"), zone, () => 512)).toBeUndefined();
  });
});
