/** `wherry dashboard`: the page for any cluster of the kubeconfig, until interrupted. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { systemRandom as random } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { kubeconfigPaths, loadKubeconfig, resolveContext } from "../client/kubeconfig.ts";
import { languageOf } from "./dashboard/info.ts";
import { openBrowser } from "./dashboard/open-browser.ts";
import { builtPage } from "./dashboard/page.ts";
import { renewingClient } from "./dashboard/renewing-client.ts";
import { startDashboard } from "./dashboard/server.ts";
import { newToken } from "./dashboard/token.ts";
import type { CliIo } from "./io.ts";
import { keepTokens } from "./keep-tokens.ts";
import { packageVersion } from "./version.ts";

export interface DashboardFlags {
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly port?: number;
  /** False: `--no-open`. */
  readonly open: boolean;
}

const signalled = () =>
  new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });

/**
 * @param page directory of the built page
 * @param interrupted resolves when it is to end
 * @throws Error with one clear line when it cannot be served
 */
export async function dashboard(
  flags: DashboardFlags,
  io: CliIo,
  page = builtPage,
  interrupted = signalled(),
): Promise<number> {
  if (!existsSync(join(page, "index.html"))) {
    throw new Error(`the dashboard's page is not in this installation: there is no ${join(page, "index.html")}`);
  }
  const paths = kubeconfigPaths(io.env, flags.kubeconfig);
  const config = await loadKubeconfig(paths);
  if (!flags.context && !config["current-context"])
    throw new Error("the kubeconfig has no current context; name one with --context");
  const userAgent = `wherry-dashboard/${packageVersion()}`;
  const around = { env: io.env, persist: keepTokens(paths, flags.kubeconfig !== undefined) };
  const {
    rest: at,
    context,
    cluster,
    namespace,
  } = await resolveContext(config, userAgent, flags.context ? { context: flags.context } : {}, around);
  const rest = await renewingClient(at, async () => {
    const now = await loadKubeconfig(paths);
    return (await resolveContext(now, userAgent, { context }, around)).rest;
  });
  const language = languageOf(io.env);
  const target = { context, cluster, namespace, ...(language ? { language } : {}) };
  const options = { rest, target, page, token: newToken(random), random, logger: troubles(io) };
  try {
    const served = await startDashboard(options, flags.port ?? 0);
    io.stdout.write(`dashboard of context "${context}" (${at.server}): ${served.address}\nCtrl-C ends it\n`);
    if (flags.open) openBrowser(served.once(), io.env);
    await interrupted;
    await served.close();
    return 0;
  } finally {
    rest.close();
  }
}

/** What went wrong goes to standard error, a line each. */
function troubles({ stderr }: CliIo): Logger {
  const say = (message: string, fields?: Readonly<Record<string, unknown>>) =>
    void stderr.write(`${[message, fields?.path, fields?.error].filter(Boolean).join(": ")}\n`);
  const logger: Logger = { debug() {}, info() {}, warn: say, error: say, with: () => logger };
  return logger;
}
