/** The commands of `wherry` but for `kubectl`: their options, and where each is. */
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { packageVersion } from "./version.ts";

const io = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: process.env };

const positive = (text: string): number => {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("It must be a positive whole number.");
  return Number(text);
};
const clusterName = (text: string): string => {
  if (!/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(text))
    throw new InvalidArgumentError("Use at most 40 lower-case letters, digits and dashes.");
  return text;
};
const port = (text: string): number => {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > 65_535) throw new InvalidArgumentError("It must be a port, 0 to 65535.");
  return number;
};
const runtime = (text: string): "auto" | "linux" | "simulated" => {
  if (text === "auto" || text === "linux" || text === "simulated") return text;
  if (text === "cri") throw new InvalidArgumentError("The cri runtime is not there yet; use linux or simulated.");
  throw new InvalidArgumentError("Use auto, linux or simulated.");
};

const reportFormat = (text: string): "text" | "json" => {
  if (text === "text" || text === "json") return text;
  throw new InvalidArgumentError("Use text or json.");
};
const repeated = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** Runs a command's function; a failure is one line on stderr and exit code 1. */
const action =
  <A extends unknown[]>(run: (...args: A) => Promise<number | undefined>) =>
  async (...args: A) => {
    try {
      process.exitCode = (await run(...args)) ?? 0;
    } catch (error) {
      process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    }
  };

function program(): Command {
  const wherry = new Command("wherry")
    .description("A Kubernetes-compatible cluster in one npm package.")
    .version(packageVersion(), "--version", "print wherry's version")
    .helpOption("-h, --help", "print help")
    .showHelpAfterError("(run with --help for usage)")
    .exitOverride();
  const named = (command: Command) => command.option("--name <name>", "the cluster", clusterName, "wherry");

  named(wherry.command("up"))
    .description("start a cluster in the background and make it kubectl's current context")
    .option("--nodes <count>", "how many nodes (default: 1)", positive)
    .option("--runtime <runtime>", "auto, linux or simulated (default: auto)", runtime)
    .option("--simulated-images <file>", "how images behave on simulated nodes: delays, errors, crashes")
    .option("--port <port>", "port of the API server on 127.0.0.1 (default: 6443, or a free one)", port)
    .action(action(async (options) => (await import("./cluster/up.ts")).up(options, io)));
  named(wherry.command("down"))
    .description("end a cluster and remove its data")
    .option("--keep-data", "keep its objects and images for the next up")
    .action(action(async (options) => (await import("./cluster/down.ts")).down(options, io)));
  named(wherry.command("status"))
    .description("show whether a cluster runs, its nodes and its addresses")
    .action(action(async (options) => (await import("./cluster/status.ts")).status(options, io)));
  named(wherry.command("logs"))
    .description("print the log of the server, or of a node's agent")
    .option("--node <node>", "of this node's agent instead of the server")
    .option("-f, --follow", "go on printing as the log grows")
    .action(action(async (options) => (await import("./cluster/logs.ts")).logs(options, io)));
  wherry
    .command("doctor")
    .description("check what this machine allows a node to do")
    .action(action(async () => (await import("./cluster/doctor.ts")).doctor(io)));
  wherry
    .command("demo")
    .description("play a rollout on a real cluster: deploy, update, a bad image, undo, history, delete")
    .option("--keep", "leave the cluster running at the end")
    .action(action(async (options) => (await import("./cluster/demo.ts")).demo(options, io)));

  wherry
    .command("guard")
    .description("undo failed rollouts and record change-causes where Deployments ask for it, on any cluster")
    .option("--context <context>", "the kubeconfig's context (default: the current one)")
    .option("--kubeconfig <file>", "the kubeconfig (default: $KUBECONFIG, or ~/.kube/config)")
    .option("-n, --namespace <namespace>", "look after this namespace only (default: all)")
    .action(action(async (options) => (await import("./guard.ts")).guard(options, io)));
  wherry
    .command("dashboard")
    .description("serve a page that shows and changes a cluster, on 127.0.0.1, until interrupted")
    .option("--context <context>", "the kubeconfig's context (default: the current one)")
    .option("--kubeconfig <file>", "the kubeconfig (default: $KUBECONFIG, or ~/.kube/config)")
    .option("--port <port>", "port of the page on 127.0.0.1 (default: any free one)", port)
    .option("--no-open", "open no browser")
    .action(action(async (options) => (await import("./dashboard.ts")).dashboard(options, io)));
  wherry
    .command("verify")
    .description("play the rollouts of a manifest in virtual time, and say what goes wrong when")
    .requiredOption(
      "-f, --filename <file>",
      "file, directory, address, or - for standard input; may be repeated",
      repeated,
    )
    .option("-R, --recursive", "also what is below directories")
    .option("-o, --output <format>", "text or json", reportFormat, "text")
    .action(action(async (options) => (await import("./verify.ts")).verifyCommand(options, io)));

  const image = wherry.command("image").description("put images on the cluster's nodes");
  named(image.command("build <directory>"))
    .description("build an image from a Dockerfile")
    .requiredOption("-t, --tag <name>", "name of the image")
    .option("-f, --file <file>", "the Dockerfile (default: DIRECTORY/Dockerfile)")
    .option("--build-arg <key=value>", "value of an ARG; may be repeated", repeated)
    .action(action(async (directory, options) => (await import("./image.ts")).build(directory, options, io)));
  named(image.command("load <file>"))
    .description("load a docker archive or an OCI layout (tar, tar.gz, tar.zst or a directory)")
    .action(action(async (file, options) => (await import("./image.ts")).load(file, options, io)));
  named(image.command("pull <name>"))
    .description("fetch an image from its registry")
    .action(action(async (name, options) => (await import("./image.ts")).pull(name, options, io)));
  named(image.command("ls"))
    .description("list images")
    .action(action(async (options) => (await import("./image.ts")).list(options, io)));
  named(image.command("rm <name>"))
    .description("remove an image")
    .action(action(async (name, options) => (await import("./image.ts")).remove(name, options, io)));

  wherry.command("kubectl").description("kubectl, for this and any other Kubernetes cluster");
  return wherry;
}

/** Runs one command line, `argv` as Node has it, and sets the exit code. */
export async function run(argv: readonly string[]): Promise<void> {
  try {
    await program().parseAsync([...argv]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Asking for help is no mistake; anything else is wrong usage.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  }
}
