import type { Probe } from "../../../api/generated/types.ts";

/** A probe on one line: how it asks, and its timing. */
export function probeText(probe: Probe): string {
  const timing = `delay=${probe.initialDelaySeconds ?? 0}s timeout=${probe.timeoutSeconds ?? 0}s period=${probe.periodSeconds ?? 0}s #success=${probe.successThreshold ?? 0} #failure=${probe.failureThreshold ?? 0}`;
  const { exec, httpGet, tcpSocket, grpc } = probe;
  if (exec) return `exec [${(exec.command ?? []).join(" ")}] ${timing}`;
  if (httpGet) {
    const scheme = (httpGet.scheme ?? "").toLowerCase();
    const { host = "", path = "" } = httpGet;
    const authority = `${host.includes(":") ? `[${host}]` : host}:${httpGet.port}`;
    const slash = path !== "" && !path.startsWith("/") ? "/" : "";
    return `http-get ${scheme ? `${scheme}:` : ""}//${authority}${slash}${escapedPath(path)} ${timing}`;
  }
  if (tcpSocket) return `tcp-socket ${tcpSocket.host ?? ""}:${tcpSocket.port} ${timing}`;
  if (grpc) return `grpc <pod>:${grpc.port} ${grpc.service ?? ""} ${timing}`;
  return `unknown ${timing}`;
}

/** A URL's path with everything escaped that Go escapes there. */
const escapedPath = (path: string): string =>
  encodeURI(path).replace(/[?#!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
