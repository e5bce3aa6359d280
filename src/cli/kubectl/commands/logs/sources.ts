/** Whose logs `kubectl logs` is to show: the containers that its argument or its selector stands for. */
import type { Container, LabelSelector, Pod } from "../../../../api/generated/types.ts";
import { systemClock as clock } from "../../../../base/clock.ts";
import { isNotFound } from "../../../../base/errors.ts";
import { CommandError, type Invocation } from "../../core/command.ts";
import type { LiveObject } from "../../core/find-objects.ts";
import { apiPath } from "../../core/paths.ts";
import { parseResourceArgs } from "../../core/resource-args.ts";
import { selectorText } from "../../core/selectors.ts";
import type { Session } from "../../core/session.ts";
import { whileSelecting } from "../../core/targets.ts";
import { mustBeTyped } from "../../core/typed.ts";
import { byLogging } from "./order.ts";

export interface LogSource {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** @param validate is called once what was named has been found */
export async function logSources(
  invocation: Invocation,
  session: Session,
  container: string,
  validate: () => void,
): Promise<LogSource[]> {
  const { flags, args } = invocation;
  const allContainers = flags.bool("all-containers");
  const sourcesOf = (pod: Pod, quiet: boolean) =>
    allContainers ? everyContainer(pod) : [oneContainer(invocation, pod, container, quiet)];
  const [argument] = args;
  if (argument === undefined) {
    const pods = await listPods(session, flags.string("selector"));
    if (pods.length === 0) invocation.warn(`No resources found in ${session.namespace} namespace.`);
    validate();
    return pods.flatMap((pod) => sourcesOf(pod, false));
  }
  const { kind, object } = await read(session, argument);
  validate();
  if (kind === "Pod") return sourcesOf(object as unknown as Pod, false);
  const selector = podSelector(kind, object);
  const pods = await waitForPods(session, selector, flags.duration("pod-running-timeout"));
  const [first] = pods;
  if (!first) throw new CommandError("timed out waiting for the condition");
  const allPods = flags.bool("all-pods");
  if (allPods) return pods.flatMap((pod) => sourcesOf(pod, true));
  if (pods.length > 1) invocation.warn(`Found ${pods.length} pods, using pod/${first.metadata?.name}`);
  return sourcesOf(first, false);
}

async function read(session: Session, argument: string): Promise<{ kind: string; object: LiveObject }> {
  const words = argument.includes("/") ? [argument] : ["pods", argument];
  const [named] = await session.served((discovery) => parseResourceArgs(words, discovery));
  if (!named?.name) throw new CommandError("expected a resource");
  const { resource, name } = named;
  try {
    const object = await session.json<LiveObject>("GET", apiPath(resource, { namespace: session.namespace, name }));
    mustBeTyped(object);
    return { kind: resource.kind, object };
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const message = (error as Error).message;
    throw new CommandError(`error from server (NotFound): ${message} in namespace "${session.namespace}"`);
  }
}

interface Selecting {
  readonly spec?: { readonly selector?: LabelSelector | Record<string, string> };
}

/** @throws CommandError for a kind without pods of its own */
function podSelector(kind: string, object: LiveObject): string {
  const selector = (object as Selecting).spec?.selector;
  const type = `*${object.apiVersion.split("/").at(-1)}.${kind}`;
  switch (kind) {
    case "Deployment":
    case "ReplicaSet":
    case "StatefulSet":
    case "DaemonSet":
    case "Job":
      return selectorText(selector as LabelSelector);
    case "Service":
    case "ReplicationController":
      if (!selector || Object.keys(selector).length === 0)
        throw new CommandError(
          `cannot get the logs from *v1.${kind}: invalid service '${object.metadata.name}': Service is defined without a selector`,
        );
      return selectorText({ matchLabels: selector as Record<string, string> });
    default:
      throw new CommandError(`cannot get the logs from ${type}: selector for ${type} not implemented`);
  }
}

async function listPods(session: Session, labelSelector: string): Promise<Pod[]> {
  const pods = (await session.discovery()).find("pods");
  const path = apiPath(pods, { namespace: session.namespace }, { labelSelector });
  const { items = [] } = await whileSelecting(pods, { labelSelector }, () =>
    session.json<{ items?: Pod[] }>("GET", path),
  );
  return items;
}

/** The pods that a selector picks, the likeliest to have something to say first; waits for the first of them. */
async function waitForPods(session: Session, selector: string, timeout: number): Promise<Pod[]> {
  const end = clock.monotonic() + timeout;
  for (;;) {
    const pods = await listPods(session, selector);
    if (pods.length > 0 || clock.monotonic() >= end) return pods.sort(byLogging);
    await clock.sleep(500);
  }
}

const containersOf = ({ spec }: Pod): Container[] => [
  ...(spec?.initContainers ?? []),
  ...(spec?.containers ?? []),
  ...((spec?.ephemeralContainers ?? []) as Container[]),
];

const source = ({ metadata }: Pod, container: string): LogSource => ({
  namespace: metadata?.namespace ?? "",
  pod: metadata?.name ?? "",
  container,
});

const everyContainer = (pod: Pod): LogSource[] => containersOf(pod).map(({ name }) => source(pod, name));

/** `app, sidecar, setup (init)`. */
function allNames({ spec }: Pod): string {
  const names = (list: readonly { readonly name: string }[] | undefined, suffix: string) =>
    (list ?? []).map(({ name }) => name + suffix);
  return [
    ...names(spec?.containers, ""),
    ...names(spec?.ephemeralContainers, " (ephem)"),
    ...names(spec?.initContainers, " (init)"),
  ].join(", ");
}

const defaultContainer = "kubectl.kubernetes.io/default-container";

function oneContainer(invocation: Invocation, pod: Pod, asked: string, quiet: boolean): LogSource {
  const known = (name: string) => containersOf(pod).some((c) => c.name === name);
  let name = asked;
  const preset = pod.metadata?.annotations?.[defaultContainer];
  if (name === "" && preset) {
    if (known(preset)) name = preset;
    else invocation.warn(`Default container name "${preset}" not found in pod ${pod.metadata?.name}`);
  }
  if (name === "") {
    name = pod.spec?.containers[0]?.name ?? "";
    if (containersOf(pod).length > 1 && !quiet)
      invocation.warn(`Defaulted container "${name}" out of: ${allNames(pod)}`);
  }
  if (!known(name)) throw new CommandError(`container ${name} is not valid for pod ${pod.metadata?.name}`);
  return source(pod, name);
}
