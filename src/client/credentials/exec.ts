/** Credentials from a program (`client.authentication.k8s.io`; upstream: `client-go/plugin/pkg/client/auth/exec`). */
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { type Clock, parseTime } from "../../base/clock.ts";
import { scanJson } from "../../base/json-scan.ts";
import { kubernetesYaml } from "../../base/kubernetes-yaml.ts";
import { noHeader } from "../kubeconfig/parse.ts";
import type { ExecEntry } from "../kubeconfig/types.ts";
import type { CredentialSource, Credentials } from "./source.ts";

export interface ExecSurroundings {
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
  /** Is standard input a terminal? */
  readonly terminal: boolean;
  /** What `provideClusterInfo` tells the program. */
  readonly cluster: object;
}

const group = "client.authentication.k8s.io";
const versions = [`${group}/v1`, `${group}/v1beta1`];

const notInstalled = `

It looks like you are trying to use a client-go credential plugin that is not installed.

To learn more about this feature, consult the documentation available at:
      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins`;

interface ExecCredential {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly status?: {
    readonly token?: string;
    readonly clientCertificateData?: string;
    readonly clientKeyData?: string;
    readonly expirationTimestamp?: string;
  };
}

/** Runs the program when credentials are first needed, have expired, or have been refused. @throws Error for an API version that is not known */
export function execCredentials(entry: ExecEntry, around: ExecSurroundings): CredentialSource {
  if (!versions.includes(entry.apiVersion ?? ""))
    throw new Error(`exec plugin: invalid apiVersion ${JSON.stringify(entry.apiVersion ?? "")}`);
  let kept: { readonly credentials: Credentials; readonly until: number } | undefined;
  let running: Promise<Credentials> | undefined;
  const renew = (): Promise<Credentials> => {
    running ??= runPlugin(entry, around)
      .then((credential) => {
        const { credentials, until } = credentialsIn(credential);
        kept = { credentials, until };
        return credentials;
      })
      .catch((error: Error) => {
        throw new Error(`getting credentials: ${error.message}`);
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  };
  return {
    get: async () => (kept && around.clock.now() <= kept.until ? kept.credentials : renew()),
    refused: async (used) => {
      // Somebody else may have renewed them meanwhile.
      if (kept?.credentials === used) await renew();
    },
  };
}

function credentialsIn({ status }: ExecCredential): { credentials: Credentials; until: number } {
  if (!status) throw new Error("exec plugin didn't return a status field");
  const { token = "", clientCertificateData: cert = "", clientKeyData: key = "", expirationTimestamp } = status;
  if (!token && !cert && !key) throw new Error("exec plugin didn't return a token or cert/key pair");
  if ((cert === "") !== (key === "")) throw new Error("exec plugin returned only certificate or key, not both");
  const until = expirationTimestamp ? parseTime(expirationTimestamp) : Number.POSITIVE_INFINITY;
  return { credentials: { ...(token ? { token } : {}), ...(cert ? { cert, key } : {}) }, until };
}

function interactive({ interactiveMode }: ExecEntry, terminal: boolean): boolean {
  if (interactiveMode === "Never") return false;
  if (interactiveMode === "IfAvailable") return terminal;
  if (interactiveMode !== "Always")
    throw new Error(
      `exec plugin cannot support interactive mode: unknown interactiveMode: ${JSON.stringify(interactiveMode ?? "")}`,
    );
  if (!terminal) throw new Error("exec plugin cannot support interactive mode: standard input is not a terminal");
  return true;
}

async function runPlugin(entry: ExecEntry, { env, terminal, cluster }: ExecSurroundings): Promise<ExecCredential> {
  const { command = "", args, apiVersion = "", installHint, provideClusterInfo } = entry;
  const asks = interactive(entry, terminal);
  const spec = { ...(provideClusterInfo ? { cluster } : {}), interactive: asks };
  const info = JSON.stringify({ kind: "ExecCredential", apiVersion, spec });
  const own = Object.fromEntries((entry.env ?? []).map(({ name, value }) => [name, value]));
  const program = findProgram(command, env);
  if (!program)
    throw new Error(`exec: executable ${command} not found${notInstalled}${installHint ? `\n\n${installHint}` : ""}`);
  const text = await new Promise<string>((resolve, reject) => {
    const child = spawn(program, args ?? [], {
      argv0: command,
      env: { ...env, ...own, KUBERNETES_EXEC_INFO: `${info}\n` },
      stdio: [asks ? "inherit" : "ignore", "pipe", "inherit"],
    });
    let out = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      out += chunk;
    });
    child.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        new Error(`exec: fork/exec ${program}: ${error.code === "ENOEXEC" ? "exec format error" : error.message}`),
      ),
    );
    child.once("close", (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`exec: executable ${command} failed with exit code ${code ?? -1}`));
    });
  });
  const credential = await decode(text);
  if (credential.apiVersion !== apiVersion)
    throw new Error(
      `exec plugin is configured to use API version ${apiVersion}, plugin returned version ${credential.apiVersion}`,
    );
  return credential;
}

/** JSON or YAML, as Go's decoder takes both. */
async function decode(text: string): Promise<ExecCredential> {
  const value = (await parsed(text)) as ExecCredential | null;
  if (typeof value !== "object" || Array.isArray(value)) throw new Error(`decoding stdout: ${noHeader(value)}`);
  // Go reads what names no version as its own internal one.
  return { ...value, apiVersion: value?.apiVersion || `${group}/__internal` };
}

async function parsed(text: string): Promise<unknown> {
  const { error } = scanJson(text);
  if (error === undefined) return JSON.parse(text);
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text, kubernetesYaml);
  if (document.errors.length > 0)
    throw new Error(`decoding stdout: couldn't get version/kind; json parse error: ${error}`);
  return document.toJS();
}

/** As Go's exec.LookPath: a name with a slash is a path, any other is on the PATH. */
function findProgram(command: string, { PATH = "" }: NodeJS.ProcessEnv): string | undefined {
  const candidates = command.includes("/") ? [command] : PATH.split(":").map((folder) => join(folder || ".", command));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return command !== "";
    } catch {
      return false;
    }
  });
}
