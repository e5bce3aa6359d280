/** `/info`: where the page is, and as whom. */
import { StatusError } from "../../base/errors.ts";
import { ConnectionError, type RestClient, readJson } from "../../client/http/rest.ts";

/** What the dashboard was started for. */
export interface Target {
  /** Names as the kubeconfig has them. */
  readonly context: string;
  readonly cluster: string;
  /** The context's namespace. */
  readonly namespace: string;
  /** The user's language as BCP 47 has it, from the environment; absent when that says none. */
  readonly language?: string;
}

export interface Info extends Target {
  /** `https://127.0.0.1:6443` */
  readonly server: string;
  /** The API server's `gitVersion`; absent when it did not answer. */
  readonly version?: string;
  /** Who we are to it; absent when it does not say. */
  readonly user?: { readonly username?: string; readonly groups?: readonly string[] };
  /** Is it one of wherry's own? Then nodes serve `/metrics/proxy`. */
  readonly wherry: boolean;
  /** Why there is no version, in words. */
  readonly problem?: string;
}

export async function readInfo(rest: RestClient, target: Target): Promise<Info> {
  const base = { ...target, server: rest.config.server };
  const [version, user] = await Promise.allSettled([readVersion(rest), whoAmI(rest)]);
  const known = user.status === "fulfilled" && user.value ? { user: user.value } : {};
  if (version.status === "fulfilled") {
    return { ...base, version: version.value, ...known, wherry: version.value.endsWith("+wherry") };
  }
  const why: unknown = version.reason;
  if (!(why instanceof ConnectionError || why instanceof StatusError || why instanceof SyntaxError)) throw why;
  return { ...base, ...known, wherry: false, problem: why.message || why.name };
}

async function readVersion(rest: RestClient): Promise<string> {
  const answer = await rest.send({ method: "GET", path: "/version", headers: { accept: "application/json" } });
  return (await readJson<{ gitVersion?: string }>(answer)).gitVersion ?? "";
}

async function whoAmI(rest: RestClient) {
  const answer = await rest.send({
    method: "POST",
    path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    headers: { accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" }),
  });
  return (await readJson<{ status?: { userInfo?: Info["user"] } }>(answer)).status?.userInfo;
}

/** What POSIX says of a user's language: `de_DE.UTF-8` is `de-DE`. */
export function languageOf(env: NodeJS.ProcessEnv): string | undefined {
  const text = env.LC_ALL || env.LC_MESSAGES || env.LANG || "";
  const match = /^([a-z]{2,3})(?:_([A-Z]{2}))?(?:[.@]|$)/.exec(text);
  return match ? [match[1], match[2]].filter(Boolean).join("-") : undefined;
}
