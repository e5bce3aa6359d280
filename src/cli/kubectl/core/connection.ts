/** Which server, as whom and in which namespace: the kubeconfig, and the flags that say otherwise. */
import { existsSync } from "node:fs";
import type { ClusterEntry, UserEntry } from "../../../client/kubeconfig/types.ts";
import { InvalidConfiguration } from "../../../client/kubeconfig/validate.ts";
import { kubeconfigPaths, loadKubeconfig, type ResolvedContext, resolveContext } from "../../../client/kubeconfig.ts";
import { keepTokens } from "../../keep-tokens.ts";
import { CommandError, type Io } from "./command.ts";
import type { FlagValues } from "./flags.ts";

/** @throws CommandError in kubectl's words when it leads nowhere */
export async function connectionOf(flags: FlagValues, io: Io, userAgent: string): Promise<ResolvedContext> {
  const explicit = flags.string("kubeconfig");
  if (explicit && !existsSync(explicit)) throw new CommandError(`stat ${explicit}: no such file or directory`);
  const paths = kubeconfigPaths(io.env, explicit || undefined);
  const config = await loadKubeconfig(paths);
  const context = flags.string("context");
  if (context && !config.contexts?.some((c) => c.name === context))
    throw new CommandError(`Error in configuration: context was not found for specified context: ${context}`);
  const named = (name: "context" | "cluster" | "user" | "namespace") =>
    flags.string(name) ? { [name]: flags.string(name) } : {};
  const overrides = {
    ...named("context"),
    ...named("cluster"),
    ...named("user"),
    ...named("namespace"),
    clusterFields: clusterFields(flags),
    userFields: userFields(flags),
  };
  const persist = keepTokens(paths, explicit !== "");
  let resolved: ResolvedContext;
  try {
    resolved = await resolveContext(config, userAgent, overrides, { env: io.env, persist });
  } catch (error) {
    if (!(error instanceof InvalidConfiguration)) throw error;
    const { problems } = error;
    const [only = ""] = problems;
    if (problems.length === 1)
      throw new CommandError(/^context was not/.test(only) ? `Error in configuration: ${only}` : only);
    throw new CommandError(`Error in configuration: \n${problems.map((problem) => `* ${problem}`).join("\n")}`);
  }
  const { rest } = resolved;
  const anonymous = !rest.token && !rest.cert && rest.username === undefined && !rest.credentials;
  if (!rest.server.startsWith("https:") || !anonymous) return resolved;
  const { askForLogin } = await import("./login.ts");
  return { ...resolved, rest: { ...rest, ...(await askForLogin(io)) } };
}

const given = (flags: FlagValues, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (flags.string(name) ? [[name, flags.string(name)]] : [])));

function clusterFields(flags: FlagValues): ClusterEntry {
  return {
    ...given(flags, ["server", "tls-server-name", "certificate-authority"]),
    ...(flags.bool("insecure-skip-tls-verify") ? { "insecure-skip-tls-verify": true } : {}),
  };
}

function userFields(flags: FlagValues): UserEntry {
  return {
    ...given(flags, ["token", "username", "password", "as", "as-uid", "client-certificate", "client-key"]),
    ...(flags.changed("as-group") ? { "as-groups": flags.list("as-group") } : {}),
  };
}
