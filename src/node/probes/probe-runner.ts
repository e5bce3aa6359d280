/** Runs one probe once (kubelet `prober.go`, `probe/{http,tcp,exec,grpc}`). */
import type { Container, Probe } from "../../api/generated/types.ts";
import { expand } from "../environment/expand.ts";
import { errorText } from "../event-text.ts";
import { goDuration } from "../go-duration.ts";
import { RuntimeError } from "../runtime/runtime.ts";
import { checkHealth } from "./grpc-health.ts";
import { connectTo, dialError, httpGet, type PodTarget, portOf, urlOf } from "./http-get.ts";

export interface ProbeOutcome {
  /** `error`: the probe itself could not be made; its answer does not count. */
  readonly result: "success" | "warning" | "failure" | "error";
  readonly output: string;
}

export interface ProbeTarget extends PodTarget {
  readonly containerId: string;
}

const success = (output = ""): ProbeOutcome => ({ result: "success", output });
const failure = (output: string): ProbeOutcome => ({ result: "failure", output });

export async function runProbe(probe: Probe, target: ProbeTarget): Promise<ProbeOutcome> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  try {
    if (target.runtime.probe) {
      const { ok, output } = await target.runtime.probe(target.containerId);
      return ok ? success(output) : failure(output);
    }
    if (probe.httpGet) return await probeHttp(probe.httpGet, target, timeoutMs);
    if (probe.tcpSocket) return await probeTcp(probe.tcpSocket, target, timeoutMs);
    if (probe.exec) return await probeExec(probe.exec.command ?? [], target, timeoutMs);
    if (probe.grpc) return await probeGrpc(probe.grpc, target, timeoutMs);
    return { result: "error", output: `missing probe handler for ${target.container.name}` };
  } catch (error) {
    return { result: "error", output: errorText(error) };
  }
}

const mostRedirects = 10;

async function probeHttp(
  action: NonNullable<Probe["httpGet"]>,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const first = urlOf(action, target);
  let url = first;
  for (let redirects = 0; ; redirects++) {
    let answer: Awaited<ReturnType<typeof httpGet>>;
    try {
      answer = await httpGet(target, url, action.httpHeaders, timeoutMs, "probe");
    } catch (error) {
      return failure(errorText(error));
    }
    const { statusCode, location, body } = answer;
    if (statusCode < 200 || statusCode >= 400) return failure(`HTTP probe failed with statuscode: ${statusCode}`);
    if (statusCode < 300 || !location) return success(body);
    const next = new URL(location, url);
    if (next.hostname !== first.hostname || redirects >= mostRedirects)
      return { result: "warning", output: `Probe terminated redirects, Response body: ${body}` };
    url = next;
  }
}

async function probeTcp(
  action: NonNullable<Probe["tcpSocket"]>,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const port = portOf(action.port, target.container);
  const host = action.host || target.podIP;
  return bounded(target, timeoutMs, failure(`dial tcp ${host}:${port}: i/o timeout`), async (signal) => {
    try {
      (await connectTo(target, port, host, signal)).destroy();
      return success();
    } catch (error) {
      return failure(dialError(error, host, port));
    }
  });
}

async function probeExec(command: readonly string[], target: ProbeTarget, timeoutMs: number): Promise<ProbeOutcome> {
  const resolved = command.map((part) => expand(part, (name) => staticValue(target.container, name)));
  try {
    const { exitCode, stdout, stderr } = await target.runtime.exec(target.containerId, resolved, timeoutMs / 1000);
    const output = Buffer.concat([stdout, stderr])
      .subarray(0, 10 * 1024)
      .toString();
    return exitCode === 0 ? success(output) : failure(output);
  } catch (error) {
    if (error instanceof RuntimeError && /timed? ?out/i.test(`${error.reason} ${error.message}`))
      return failure(`command timed out: "${resolved.join(" ")}" timed out after ${goDuration(timeoutMs)}`);
    throw error;
  }
}

async function probeGrpc(
  action: NonNullable<Probe["grpc"]>,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const address = `${target.podIP}:${action.port}`;
  const late = failure(
    `timeout: failed to connect service "${address}" within ${goDuration(timeoutMs)}: context deadline exceeded`,
  );
  return bounded(target, timeoutMs, late, async (signal) => {
    let socket: Awaited<ReturnType<typeof connectTo>>;
    try {
      socket = await connectTo(target, action.port, target.podIP, signal);
    } catch (error) {
      return failure(
        `error: failed to connect service at "${address}": ${dialError(error, target.podIP, action.port)}`,
      );
    }
    signal.addEventListener("abort", () => socket.destroy());
    try {
      const { ok, text } = await checkHealth(socket, address, action.service ?? "");
      return ok ? success(text) : failure(text);
    } catch (error) {
      return failure(`error: health rpc probe failed: ${errorText(error)}`);
    } finally {
      socket.destroy();
    }
  });
}

/** Only variables with a literal value count in a probe's command. */
const staticValue = (container: Container, name: string): string | undefined =>
  container.env?.find((e) => e.name === name && !e.valueFrom)?.value;

async function bounded(
  { clock }: ProbeTarget,
  timeoutMs: number,
  late: ProbeOutcome,
  work: (signal: AbortSignal) => Promise<ProbeOutcome>,
): Promise<ProbeOutcome> {
  const abort = new AbortController();
  let cancel = () => {};
  const timedOut = new Promise<ProbeOutcome>((resolve) => {
    cancel = clock.after(timeoutMs, () => {
      resolve(late);
      abort.abort();
    });
  });
  try {
    return await Promise.race([timedOut, work(abort.signal)]);
  } finally {
    cancel();
  }
}
