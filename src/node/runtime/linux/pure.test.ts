import { describe, expect, test } from "vitest";
import { boundingSet } from "./capabilities.ts";
import { nextAddress } from "./ipam.ts";
import { line } from "./mounts.ts";
import { hostsFile, linkName, resolvConf } from "./network.ts";

describe("addresses of pods", () => {
  const cidr = "10.244.3.0/24";
  test("go round the range, so that one given back rests longest", () => {
    expect(nextAddress(cidr, new Set(), undefined)).toBe("10.244.3.2");
    expect(nextAddress(cidr, new Set(), "10.244.3.2")).toBe("10.244.3.3");
    expect(nextAddress(cidr, new Set(["10.244.3.3"]), "10.244.3.2")).toBe("10.244.3.4");
    expect(nextAddress(cidr, new Set(), "10.244.3.254")).toBe("10.244.3.2");
  });

  test("are all given out once, and never the network's, the gateway's or the last", () => {
    const used = new Set<string>();
    let last: string | undefined;
    for (let next = nextAddress(cidr, used, last); next; next = nextAddress(cidr, used, last)) {
      expect(used.has(next)).toBe(false);
      used.add(next);
      last = next;
    }
    expect(used.size).toBe(253);
    for (const host of [0, 1, 255]) expect(used.has(`10.244.3.${host}`)).toBe(false);
  });
});

describe("capabilities", () => {
  test("are upstream's unless the pod says otherwise; drops go before additions", () => {
    expect(boundingSet({}).split(",")).toHaveLength(15);
    expect(boundingSet({ dropCapabilities: ["ALL"] })).toBe("-all");
    expect(boundingSet({ dropCapabilities: ["ALL"], addCapabilities: ["CAP_NET_ADMIN"] })).toBe("-all,+net_admin");
    expect(boundingSet({ dropCapabilities: ["chown"] })).not.toContain("chown");
    expect(boundingSet({ privileged: true })).toBe("+all");
    expect(boundingSet({ addCapabilities: ["ALL"], dropCapabilities: ["KILL"] })).toBe("+all,-kill");
  });
});

test("a mount table's words may hold blanks", () => {
  expect(line("/a b", "/c\\d", "none", "bind")).toBe("/a\\040b /c\\134d none bind 0 0\n");
});

test("link names fit the kernel's limit", () => {
  expect(linkName("0123456789abcdef0123")).toBe("v0123456789abcd");
});

test("resolv.conf and hosts are laid out as upstream's", () => {
  expect(resolvConf({ servers: ["10.96.0.10"], searches: ["a", "b"], options: ["ndots:5"] })).toBe(
    "search a b\nnameserver 10.96.0.10\noptions ndots:5\n",
  );
  expect(hostsFile("pod", "10.244.0.2", [{ ip: "1.2.3.4", hostnames: ["x"] }])).toMatch(
    /^# Kubernetes-managed hosts file\.\n127\.0\.0\.1\tlocalhost\n[\s\S]*10\.244\.0\.2\tpod\n\n# Entries added by HostAliases\.\n1\.2\.3\.4\tx\n$/,
  );
});
