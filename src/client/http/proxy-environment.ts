/** HTTPS_PROXY, HTTP_PROXY and NO_PROXY as Go reads them (`golang.org/x/net/http/httpproxy`). Pure. */
import { BlockList, isIP } from "node:net";

/** The proxy for requests to a server; undefined for none. Loopback needs none. */
export function proxyFromEnvironment(server: URL, env: NodeJS.ProcessEnv): string | undefined {
  const given = (name: string) => env[name] || env[name.toLowerCase()];
  const proxy = given(server.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY");
  if (!proxy || exempt(server, given("NO_PROXY") ?? "")) return undefined;
  return /^[a-z0-9]+:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

const families = { 4: "ipv4", 6: "ipv6" } as const;

function exempt(server: URL, list: string): boolean {
  const host = server.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = server.port || (server.protocol === "https:" ? "443" : "80");
  const family = isIP(host);
  if (host === "localhost" || host.startsWith("127.") || host === "::1") return true;
  return list.split(",").some((entry) => {
    const rule = entry.trim().toLowerCase();
    if (rule === "*") return true;
    const [, network = "", bits] = /^([0-9a-f.:]+)\/(\d+)$/.exec(rule) ?? [];
    if (bits !== undefined) {
      const kind = isIP(network);
      if (kind === 0 || kind !== family) return false;
      const block = new BlockList();
      block.addSubnet(network, Number(bits), families[kind as 4 | 6]);
      return block.check(host, families[kind as 4 | 6]);
    }
    const [, name = "", onlyPort] = isIP(rule) === 6 ? [rule, rule] : (/^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(rule) ?? []);
    if (name === "" || (onlyPort !== undefined && onlyPort !== port)) return false;
    if (family !== 0) return host === name;
    const domain = name.replace(/^\*?\./, "");
    return host.endsWith(`.${domain}`) || (!/^\*?\./.test(name) && host === domain);
  });
}
