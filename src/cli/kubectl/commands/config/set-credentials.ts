import type { ExecEntry, UserEntry } from "../../../../client/kubeconfig/types.ts";
import { type Command, CommandError, ShowHelp } from "../../core/command.ts";
import type { Flag, FlagValues } from "../../core/flags.ts";
import { changeConfig, entryFlags } from "./access.ts";
import { embedCertsFlag, mustExist, putFile } from "./set-cluster.ts";

const text = (name: string, usage: string): Flag => ({ name, type: "string", default: "", usage });

export const setCredentialsCommand: Command = {
  path: "config set-credentials",
  use: "config set-credentials NAME [--client-certificate=path/to/certfile] [--client-key=path/to/keyfile] [--token=bearer_token] [--username=basic_user] [--password=basic_password] [--auth-provider=provider_name] [--auth-provider-arg=key=value] [--exec-command=exec_command] [--exec-api-version=exec_api_version] [--exec-arg=arg] [--exec-env=key=value]",
  short: "Set a user entry in kubeconfig.",
  flags: [
    ...entryFlags("user", ["client-certificate", "client-key", "token", "username", "password"]),
    text("auth-provider", "Auth provider for the user entry in kubeconfig"),
    {
      name: "auth-provider-arg",
      type: "stringSlice",
      default: "",
      usage: "'key=value' arguments for the auth provider",
    },
    embedCertsFlag("Embed client cert/key for the user entry in kubeconfig"),
    text("exec-api-version", "API version of the exec credential plugin for the user entry in kubeconfig"),
    {
      name: "exec-arg",
      type: "stringSlice",
      default: "",
      usage: "New arguments for the exec credential plugin command for the user entry in kubeconfig",
    },
    text("exec-command", "Command for the exec credential plugin for the user entry in kubeconfig"),
    {
      name: "exec-env",
      type: "stringArray",
      default: "",
      usage: "'key=value' environment values for the exec credential plugin",
    },
    text("exec-interactive-mode", "InteractiveMode of the exec credentials plugin for the user entry in kubeconfig"),
    {
      name: "exec-provide-cluster-info",
      type: "bool",
      default: "false",
      usage: "ProvideClusterInfo of the exec credentials plugin for the user entry in kubeconfig",
    },
  ],
  async run(invocation) {
    const { flags, args, print } = invocation;
    if (args.length !== 1) throw new ShowHelp(`unexpected args: [${args.join(" ")}]`);
    const [name = ""] = args;
    const providerArgs = pairs(flags.list("auth-provider-arg"), "auth-provider-arg");
    const environment = pairs(flags.list("exec-env"), "exec-env");
    check(name, flags);
    await changeConfig(invocation, (next) => {
      next.users ??= [];
      let entry = next.users.find((u) => u.name === name);
      if (!entry) {
        entry = { name, user: {} };
        next.users.push(entry);
      }
      changeCertificates(entry.user, flags);
      changeProvider(entry.user, flags, providerArgs);
      changeExec(entry.user, flags, environment);
    });
    print(`User "${name}" set.`);
    return undefined;
  },
};

interface Pairs {
  readonly put: readonly (readonly [string, string])[];
  readonly remove: readonly string[];
}

/** `key=value` puts, `key-` takes away. @throws CommandError */
function pairs(texts: readonly string[], flag: string): Pairs {
  const put: [string, string][] = [];
  const remove: string[] = [];
  const invalid: string[] = [];
  for (const one of texts) {
    const at = one.indexOf("=");
    if (at > 0) put.push([one.slice(0, at), one.slice(at + 1)]);
    else if (at < 0 && one.length > 1 && one.endsWith("-")) remove.push(one.slice(0, -1));
    else invalid.push(one);
  }
  if (invalid.length > 0) throw new CommandError(`invalid ${flag} format: ${invalid.join(", ")}`);
  return { put, remove };
}

/** @throws CommandError for flags that contradict each other */
function check(name: string, flags: FlagValues): void {
  if (name === "") throw new CommandError("you must specify a non-empty user name");
  const methods = [
    ...(flags.string("token") ? ["--token"] : []),
    ...(flags.string("username") || flags.string("password") ? ["--username/--password"] : []),
  ];
  if (methods.length > 1)
    throw new CommandError(
      `you cannot specify more than one authentication method at the same time: ${methods.join(", ")}`,
    );
  if (flags.bool("embed-certs")) {
    const given = ["client-certificate", "client-key"].filter((flag) => flags.string(flag));
    if (given.length === 0) throw new CommandError("you must specify a --client-certificate or --client-key to embed");
    for (const flag of given) mustExist(flag, flags.string(flag));
  }
  if (
    flags.changed("exec-interactive-mode") &&
    !["IfAvailable", "Never", "Always"].includes(flags.string("exec-interactive-mode"))
  )
    throw new CommandError("invalid interactive mode type, can be only IfAvailable, Never, Always");
}

function changeCertificates(user: UserEntry, flags: FlagValues): void {
  for (const field of ["client-certificate", "client-key"] as const)
    if (flags.changed(field)) putFile(user, field, flags.string(field), flags.bool("embed-certs"));
  for (const field of ["token", "username", "password"] as const)
    if (flags.changed(field)) user[field] = flags.string(field);
  // One way in takes the place of the other.
  if (flags.string("token")) {
    delete user.username;
    delete user.password;
  } else if (flags.string("username") || flags.string("password")) delete user.token;
}

function changeProvider(user: UserEntry, flags: FlagValues, { put, remove }: Pairs): void {
  const name = flags.string("auth-provider");
  if (flags.changed("auth-provider") && (user["auth-provider"]?.name !== name || name === ""))
    user["auth-provider"] = { name };
  const provider = user["auth-provider"];
  if (!provider) return;
  const config = Object.fromEntries(Object.entries(provider.config ?? {}).filter(([key]) => !remove.includes(key)));
  provider.config = { ...config, ...Object.fromEntries(put) };
}

function changeExec(user: UserEntry, flags: FlagValues, { put, remove }: Pairs): void {
  if (flags.changed("exec-command")) {
    user.exec = { ...user.exec, command: flags.string("exec-command") };
    delete user.exec.args;
  }
  const exec: ExecEntry | undefined = user.exec;
  if (!exec) return;
  if (flags.changed("exec-api-version")) exec.apiVersion = flags.string("exec-api-version");
  if (flags.list("exec-arg").length > 0) exec.args = flags.list("exec-arg");
  if (flags.changed("exec-interactive-mode")) exec.interactiveMode = flags.string("exec-interactive-mode");
  if (flags.changed("exec-provide-cluster-info")) exec.provideClusterInfo = flags.bool("exec-provide-cluster-info");
  const kept = (exec.env ?? []).filter(({ name }) => !remove.includes(name));
  const changed = kept.map((one) => ({
    name: one.name,
    value: put.find(([name]) => name === one.name)?.[1] ?? one.value,
  }));
  const added = put
    .filter(([name]) => !kept.some((one) => one.name === name))
    .map(([name, value]) => ({ name, value }));
  if (put.length + remove.length > 0) exec.env = [...changed, ...added];
}
