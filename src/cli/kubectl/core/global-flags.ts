import { homedir } from "node:os";
import { join } from "node:path";
import { CommandError } from "./command.ts";
import type { Flag, FlagValues } from "./flags.ts";

const text = (name: string, usage: string, short?: string, fallback = ""): Flag => ({
  name,
  type: "string",
  default: fallback,
  usage,
  ...(short ? { short } : {}),
});
const bool = (name: string, usage: string): Flag => ({ name, type: "bool", default: "false", usage });

/** Flags that every command takes (`kubectl options`). */
export const globalFlags: readonly Flag[] = [
  text(
    "as",
    "Username to impersonate for the operation. User could be a regular user or a service account in a namespace.",
  ),
  {
    name: "as-group",
    type: "stringArray",
    default: "",
    usage: "Group to impersonate for the operation, this flag can be repeated to specify multiple groups.",
  },
  text("as-uid", "UID to impersonate for the operation."),
  text("cache-dir", "Default cache directory", undefined, join(process.env.HOME || homedir(), ".kube", "cache")),
  text("certificate-authority", "Path to a cert file for the certificate authority"),
  text("client-certificate", "Path to a client certificate file for TLS"),
  text("client-key", "Path to a client key file for TLS"),
  text("cluster", "The name of the kubeconfig cluster to use"),
  text("context", "The name of the kubeconfig context to use"),
  bool("disable-compression", "If true, opt-out of response compression for all requests to the server"),
  bool(
    "insecure-skip-tls-verify",
    "If true, the server's certificate will not be checked for validity. This will make your HTTPS connections insecure",
  ),
  text("kubeconfig", "Path to the kubeconfig file to use for CLI requests."),
  text(
    "kuberc",
    "Path to the kuberc file to use for preferences. This can be disabled by exporting KUBECTL_KUBERC=false feature gate or turning off the feature KUBERC=off.",
  ),
  {
    name: "log-flush-frequency",
    type: "duration",
    default: "5s",
    usage: "Maximum number of seconds between log flushes",
  },
  bool("match-server-version", "Require server version to match client version"),
  text("namespace", "If present, the namespace scope for this CLI request", "n"),
  text("password", "Password for basic authentication to the API server"),
  text(
    "profile",
    "Name of profile to capture. One of (none|cpu|heap|goroutine|threadcreate|block|mutex)",
    undefined,
    "none",
  ),
  text("profile-output", "Name of the file to write the profile to", undefined, "profile.pprof"),
  text(
    "request-timeout",
    "The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don't timeout requests.",
    undefined,
    "0",
  ),
  text("server", "The address and port of the Kubernetes API server", "s"),
  text(
    "tls-server-name",
    "Server name to use for server certificate validation. If it is not provided, the hostname used to contact the server is used",
  ),
  text("token", "Bearer token for authentication to the API server"),
  text("user", "The name of the kubeconfig user to use"),
  text("username", "Username for basic authentication to the API server"),
  { name: "v", short: "v", type: "int", default: "0", usage: "number for the log level verbosity" },
  {
    name: "vmodule",
    type: "stringToString",
    default: "",
    usage:
      "comma-separated list of pattern=N settings for file-filtered logging (only works for the default text log format)",
  },
  bool("warnings-as-errors", "Treat warnings received from the server as errors and exit with a non-zero exit code"),
  { name: "help", short: "h", type: "bool", default: "false", usage: "help for the command", hidden: true },
];

/** What asks for Go's own machinery, or for files that are not read. */
const unsupported: Readonly<Record<string, string>> = {
  "match-server-version": "false",
  profile: "none",
  vmodule: "",
};

/**
 * Says what a flag does not do here, rather than to do nothing in silence.
 * @throws CommandError for flags that would change what is done
 */
export function refuseUnsupported(flags: FlagValues): void {
  for (const [name, harmless] of Object.entries(unsupported))
    if (flags.string(name) !== harmless) throw new CommandError(`--${name} is not there in wherry kubectl`);
}
