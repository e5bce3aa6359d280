/** Validation of probes and lifecycle hooks. Texts are upstream's. */
import { type FieldError, forbiddenField, invalidValue, notSupported, type Path, required } from "../../field.ts";
import type { Container, HTTPGetAction, LifecycleHandler, Probe } from "../../generated/types.ts";
import { nonNegative } from "../../metadata.ts";
import { checkHttpHeaderName } from "../../names.ts";
import { validatePortNumber, validatePortNumberOrName } from "../ports.ts";

type Handler = LifecycleHandler & Pick<Probe, "grpc">;

const validateHttpGet = ({ path, port, scheme, httpHeaders }: HTTPGetAction, at: Path): FieldError[] => [
  ...(path ? [] : [required(at.key("path"))]),
  ...validatePortNumberOrName(port, at.key("port")),
  ...(scheme === "HTTP" || scheme === "HTTPS" ? [] : [notSupported(at.key("scheme"), scheme, ["HTTP", "HTTPS"])]),
  ...(httpHeaders ?? []).flatMap(({ name }) =>
    checkHttpHeaderName(name).map((text) => invalidValue(at.key("httpHeaders"), name, text)),
  ),
];

function validateHandler(handler: Handler, gracePeriod: number | undefined, at: Path): FieldError[] {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  const found: [name: string, errors: FieldError[]][] = [];
  if (exec) found.push(["exec", exec.command?.length ? [] : [required(at.key("exec", "command"))]]);
  if (httpGet) found.push(["httpGet", validateHttpGet(httpGet, at.key("httpGet"))]);
  if (tcpSocket) found.push(["tcpSocket", validatePortNumberOrName(tcpSocket.port, at.key("tcpSocket", "port"))]);
  if (grpc) found.push(["grpc", validatePortNumber(grpc.port, at.key("grpc", "port"))]);
  if (sleep) {
    const fits = gracePeriod === undefined || (sleep.seconds >= 0 && sleep.seconds <= gracePeriod);
    const text = `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod})`;
    found.push(["sleep", fits ? [] : [invalidValue(at.key("sleep"), sleep.seconds, text)]]);
  }
  if (found.length === 0) return [required(at, "must specify a handler type")];
  return found.flatMap(([name, errors], i) =>
    i === 0 ? errors : [forbiddenField(at.key(name), "may not specify more than 1 handler type")],
  );
}

type ProbeName = "livenessProbe" | "readinessProbe" | "startupProbe";

function validateProbe(name: ProbeName, probe: Probe | undefined, gracePeriod: number | undefined, at: Path) {
  if (!probe) return [];
  const grace = probe.terminationGracePeriodSeconds;
  const errors = [
    ...validateHandler(probe, gracePeriod, at),
    ...nonNegative(probe.initialDelaySeconds, at.key("initialDelaySeconds")),
    ...nonNegative(probe.timeoutSeconds, at.key("timeoutSeconds")),
    ...nonNegative(probe.periodSeconds, at.key("periodSeconds")),
    ...nonNegative(probe.successThreshold, at.key("successThreshold")),
    ...nonNegative(probe.failureThreshold, at.key("failureThreshold")),
  ];
  if (grace !== undefined && grace <= 0)
    errors.push(invalidValue(at.key("terminationGracePeriodSeconds"), grace, "must be greater than 0"));
  if (name === "readinessProbe") {
    if (grace !== undefined)
      errors.push(invalidValue(at.key("terminationGracePeriodSeconds"), grace, "must not be set for readinessProbes"));
  } else if (probe.successThreshold !== 1)
    errors.push(invalidValue(at.key("successThreshold"), probe.successThreshold, "must be 1"));
  return errors;
}

/** Hooks and probes of a container that runs beside others. */
export function validateRunning(container: Container, gracePeriod: number | undefined, at: Path): FieldError[] {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  const hook = at.key("lifecycle");
  return [
    ...(lifecycle?.postStart ? validateHandler(lifecycle.postStart, gracePeriod, hook.key("postStart")) : []),
    ...(lifecycle?.preStop ? validateHandler(lifecycle.preStop, gracePeriod, hook.key("preStop")) : []),
    ...validateProbe("livenessProbe", livenessProbe, gracePeriod, at.key("livenessProbe")),
    ...validateProbe("readinessProbe", readinessProbe, gracePeriod, at.key("readinessProbe")),
    ...validateProbe("startupProbe", startupProbe, gracePeriod, at.key("startupProbe")),
  ];
}
