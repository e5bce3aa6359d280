/** `wherry guard`: the rollout guard beside any cluster, until interrupted. */
import { rolloutSettings } from "../api/apps/rollout-settings.ts";
import type { SelfSubjectAccessReview } from "../api/generated/types.ts";
import type { KindRef } from "../api/kind.ts";
import { systemClock as clock, formatTime, systemRandom as random } from "../base/clock.ts";
import { isNotFound, StatusError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import type { Client } from "../client/client.ts";
import { createEventRecorder } from "../client/events.ts";
import { createHttpClient } from "../client/http/client.ts";
import { ConnectionError, createRestClient } from "../client/http/rest.ts";
import { createInformerFactory } from "../client/informer.ts";
import { deployments, namespaces } from "../client/kinds.ts";
import { kubeconfigPaths, loadKubeconfig, resolveContext } from "../client/kubeconfig.ts";
import { rolloutGuard } from "../controllers/rolloutguard/controller.ts";
import type { CliIo } from "./io.ts";
import { keepTokens } from "./keep-tokens.ts";

export interface GuardFlags {
  readonly context?: string;
  readonly kubeconfig?: string;
  /** Absent: all namespaces. */
  readonly namespace?: string;
}

/** @throws Error with one clear line when the cluster cannot be guarded */
export async function guard({ context: name, kubeconfig, namespace }: GuardFlags, io: CliIo): Promise<number> {
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  const paths = kubeconfigPaths(io.env, kubeconfig);
  const config = await loadKubeconfig(paths);
  if (!name && !config["current-context"])
    throw new Error("the kubeconfig has no current context; name one with --context");
  const { rest: target, context } = await resolveContext(config, "wherry", name ? { context: name } : {}, {
    env: io.env,
    persist: keepTokens(paths, kubeconfig !== undefined),
  });
  const rest = await createRestClient(target);
  const client = createHttpClient(rest);
  const logger = humanLogger(io);
  const scope = namespace === undefined ? {} : { namespace };
  const where = `context "${context}" (${target.server})`;
  try {
    await check(client, where, namespace);
    const informers = createInformerFactory({ client, clock, random, logger });
    const events = createEventRecorder({ client, clock, logger, source: { component: "rollout-guard" } });
    const controller = rolloutGuard(scope)({ client, informers, events, clock, random, logger });
    await Promise.race([controller.start(), interrupted]);
    const all = informers.informer(deployments, scope).list();
    const asking = all.map(rolloutSettings).filter(({ undoOnFailure, record }) => undoOnFailure || record);
    const what = namespace === undefined ? "all namespaces" : `namespace "${namespace}"`;
    io.stdout.write(
      `guarding Deployments in ${what} of ${where}: ${asking.length} of ${all.length} ask for it now; Ctrl-C ends\n`,
    );
    await interrupted;
    await controller.stop();
    const flushed = new AbortController();
    await Promise.race([events.flush().then(() => flushed.abort()), clock.sleep(patience, flushed.signal)]);
    await informers.stop();
    return 0;
  } finally {
    rest.close();
  }
}

/** How long the last events may take to be written, in milliseconds. */
const patience = 2_000;

const reviews: KindRef<SelfSubjectAccessReview> = {
  group: "authorization.k8s.io",
  version: "v1",
  kind: "SelfSubjectAccessReview",
  plural: "selfsubjectaccessreviews",
  namespaced: false,
};

const rights = [
  ["apps", "deployments", ["list", "watch", "update"]],
  ["apps", "replicasets", ["list", "watch", "update"]],
  ["", "events", ["create", "patch"]],
] as const;

/** Is the cluster there, does the namespace exist, and may we do what a guard does? @throws Error when not */
async function check(client: Client, where: string, namespace: string | undefined): Promise<void> {
  const may = async (group: string, resource: string, verb: string): Promise<boolean> => {
    const resourceAttributes = { group, resource, verb, ...(namespace === undefined ? {} : { namespace }) };
    const review = { apiVersion: "authorization.k8s.io/v1", kind: reviews.kind, spec: { resourceAttributes } };
    return (await client.create(reviews, review)).status?.allowed ?? false;
  };
  const wanted = rights.flatMap(([group, resource, verbs]) => verbs.map((verb) => ({ group, resource, verb })));
  try {
    const allowed = await Promise.all(wanted.map(({ group, resource, verb }) => may(group, resource, verb)));
    const missing = wanted.filter((_, i) => !allowed[i]).map(({ verb, resource }) => `${verb} ${resource}`);
    const scope = namespace === undefined ? "in all namespaces" : `in namespace "${namespace}"`;
    if (missing.length > 0) throw new Error(`${where}: not allowed ${scope}: ${missing.join(", ")}`);
    if (namespace !== undefined) await mustExist(client, namespace, where);
  } catch (error) {
    if (error instanceof ConnectionError) throw new Error(`cannot reach ${where}: ${error.message}`);
    if (error instanceof StatusError) throw new Error(`${where}: ${error.message}`);
    throw error;
  }
}

/** Who may not look at namespaces is believed. */
async function mustExist(client: Client, name: string, where: string): Promise<void> {
  try {
    await client.get(namespaces, { name });
  } catch (error) {
    if (isNotFound(error)) throw new Error(`${where}: there is no namespace "${name}"`);
    if (!(error instanceof StatusError && error.code === 403)) throw error;
  }
}

/** One line for each act on standard output; troubles on standard error, each once until another comes. */
function humanLogger({ stdout, stderr }: CliIo): Logger {
  let last = "";
  const trouble = (message: string, { kind, key, error }: Readonly<Record<string, unknown>> = {}) => {
    const line = [kind ?? key, message, error].filter(Boolean).join(": ");
    if (line !== last) stderr.write(`${formatTime(clock.now())} ${line}\n`);
    last = line;
  };
  const logger: Logger = {
    debug() {},
    info(message, fields) {
      last = "";
      stdout.write(`${formatTime(clock.now())} ${fields?.deployment}: ${message}\n`);
    },
    warn: trouble,
    error: trouble,
    with: () => logger,
  };
  return logger;
}
