import { type Command, CommandError, type Invocation } from "../core/command.ts";
import { apiPath } from "../core/paths.ts";
import type { Session } from "../core/session.ts";
import { selectorFlag } from "../core/shared-flags.ts";
import { timeProblem } from "./logs/since-time.ts";
import { type LogSource, logSources } from "./logs/sources.ts";

const bool = (name: string, usage: string, short?: string) =>
  ({ name, type: "bool", default: "false", usage, ...(short ? { short } : {}) }) as const;

export const logsCommand: Command = {
  path: "logs",
  use: "logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]",
  short: "Print the logs for a container in a pod or specified resource.",
  interruptExitCode: () => 1,
  flags: [
    bool("all-containers", "Get all containers' logs in the pod(s)."),
    bool("all-pods", "Get logs from all pod(s). Sets prefix to true."),
    { name: "container", short: "c", type: "string", default: "", usage: "Print the logs of this container" },
    bool("insecure-skip-tls-verify-backend", "Do not verify the identity of the kubelet that the logs come from."),
    bool("follow", "Specify if the logs should be streamed.", "f"),
    bool("ignore-errors", "If watching / following pod logs, allow for any errors that occur to be non-fatal"),
    { name: "limit-bytes", type: "int", default: "0", usage: "Maximum bytes of logs to return. Defaults to no limit." },
    {
      name: "max-log-requests",
      type: "int",
      default: "5",
      usage: "Specify maximum number of concurrent logs to follow when using by a selector.",
    },
    {
      name: "pod-running-timeout",
      type: "duration",
      default: "20s",
      usage: "The length of time to wait until at least one pod is running",
    },
    bool("prefix", "Prefix each log line with the log source (pod name and container name)"),
    bool("previous", "If true, print the logs for the previous instance of the container in a pod if it exists.", "p"),
    selectorFlag,
    {
      name: "since",
      type: "duration",
      default: "0s",
      usage: "Only return logs newer than a relative duration like 5s, 2m, or 3h. Defaults to all logs.",
    },
    { name: "since-time", type: "string", default: "", usage: "Only return logs after a specific date (RFC3339)." },
    { name: "tail", type: "int", default: "-1", usage: "Lines of recent log file to display." },
    bool("timestamps", "Include timestamps on each line in the log output"),
  ],
  run,
};

const usage = (text: string): CommandError => new CommandError(`${text}\nSee 'kubectl logs -h' for help and examples`);
const expected = () =>
  usage(
    "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
  );

async function run(invocation: Invocation): Promise<undefined> {
  const { flags, args, io } = invocation;
  const selector = flags.string("selector");
  if (args.length > 2 || (args.length === 0 && selector === "")) throw expected();
  if (args.length === 1 && selector !== "") throw usage("only a selector (-l) or a POD name is allowed");
  const container = args[1] ?? flags.string("container");
  if (flags.duration("pod-running-timeout") <= 0)
    throw new CommandError("--pod-running-timeout must be higher than zero");
  const wrong = timeProblem(flags.string("since-time"));
  if (wrong) throw new CommandError(wrong);
  const query = queryOf(invocation);
  const session = await invocation.session();
  const sources = await logSources(invocation, session, container, () => validate(invocation, container));
  const follow = flags.bool("follow");
  const most = flags.int("max-log-requests");
  if (follow && sources.length > most) {
    throw new CommandError(
      `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${most}, use --max-log-requests to increase the limit`,
    );
  }
  const withPrefix = flags.bool("prefix") || flags.bool("all-pods");
  const pods = (await session.discovery()).find("pods");
  const copy = async (source: LogSource) => {
    const { namespace, pod: name } = source;
    const path = apiPath(pods, { namespace, name, subresource: "log" }, { ...query, container: source.container });
    const prefix = withPrefix ? `[pod/${name}/${source.container}] ` : "";
    try {
      await copyLines(session, path, prefix, invocation);
    } catch (error) {
      if (!flags.bool("ignore-errors")) throw error;
      io.stdout.write(`${prefix}error: ${(error as Error).message}\n`);
    }
  };
  if (follow) await Promise.all(sources.map(copy));
  else for (const source of sources) await copy(source);
  return undefined;
}

function queryOf({ flags }: Invocation): Record<string, string | undefined> {
  const given = (name: string) => (flags.bool(name) ? "true" : undefined);
  const picked = flags.string("selector") !== "" && !flags.changed("tail");
  const tail = picked ? 10 : flags.int("tail");
  const since = Math.round(flags.duration("since") / 1000);
  return {
    follow: given("follow"),
    previous: given("previous"),
    timestamps: given("timestamps"),
    insecureSkipTLSVerifyBackend: given("insecure-skip-tls-verify-backend"),
    limitBytes: flags.int("limit-bytes") === 0 ? undefined : flags.string("limit-bytes"),
    sinceSeconds: since === 0 ? undefined : String(since),
    sinceTime: flags.string("since-time") || undefined,
    tailLines: tail === -1 ? undefined : String(tail),
  };
}

function validate({ flags, args }: Invocation, container: string): void {
  if (flags.string("since-time") && flags.duration("since") !== 0)
    throw new CommandError("at most one of `sinceTime` or `sinceSeconds` may be specified");
  if (flags.bool("all-containers") && container !== "")
    throw new CommandError(`--all-containers=true should not be specified with container name ${container}`);
  if (flags.changed("container") && args.length === 2)
    throw new CommandError("only one of -c or an inline [CONTAINER] arg is allowed");
  if (flags.int("limit-bytes") < 0) throw new CommandError("--limit-bytes must be greater than 0");
  if (flags.duration("since") < 0) throw new CommandError("--since must be greater than 0");
  if (flags.int("tail") < -1) throw new CommandError("--tail must be greater than or equal to -1");
}

/** Copies whole lines, so that those of several containers do not run into each other. */
async function copyLines(session: Session, path: string, prefix: string, { io }: Invocation): Promise<void> {
  const { body } = await session.stream(path, { signal: io.signal });
  let rest = Buffer.alloc(0);
  for await (const chunk of body) {
    const bytes = Buffer.concat([rest, Buffer.from(chunk as Uint8Array)]);
    const end = bytes.lastIndexOf(10) + 1;
    if (end > 0) io.stdout.write(prefixed(bytes.subarray(0, end), prefix));
    rest = bytes.subarray(end);
  }
  if (rest.length > 0) io.stdout.write(prefixed(rest, prefix));
}

function prefixed(bytes: Buffer, prefix: string): Buffer {
  if (prefix === "") return bytes;
  const text = bytes.toString("latin1");
  const lines = text.split("\n");
  const last = lines.pop() ?? "";
  const head = Buffer.from(prefix).toString("latin1");
  const all = [...lines.map((line) => `${head}${line}\n`), last === "" ? "" : head + last];
  return Buffer.from(all.join(""), "latin1");
}
