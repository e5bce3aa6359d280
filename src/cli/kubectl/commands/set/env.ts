import type { EnvVar } from "../../../../api/generated/types.ts";
import { type Command, CommandError, type Invocation } from "../../core/command.ts";
import { dryRunOf } from "../../core/dry-run.ts";
import { findObjects } from "../../core/find-objects.ts";
import { listFlag, switchFlag, textFlag } from "../../core/flags.ts";
import { givenFiles } from "../../core/manifest-files.ts";
import { containersOf, podSpecOf } from "../../core/pod-spec.ts";
import type { Session } from "../../core/session.ts";
import { overwriteFlag } from "../../core/shared-flags.ts";
import { listEnv } from "./env-list.ts";
import { parseEnv, splitEnv } from "./env-parse.ts";
import { bothAllAndSelector, findForSet, noResource, refuseLocalOnServer, setFlags, setOnAll } from "./shared.ts";

export const setEnvCommand: Command = {
  path: "set env",
  use: "set env RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N",
  short: "Update environment variables on a pod template.",
  flags: [
    ...setFlags.filter(({ name }) => name !== "record"),
    textFlag("containers", "The names of containers to change; * stands for any text.", "*", "c"),
    { ...listFlag("env", "A variable and its value to set in each container."), short: "e" },
    textFlag("from", "The name of a resource from which to inject environment variables."),
    listFlag("keys", "The keys to import from that resource, with commas between them.", "stringSlice"),
    switchFlag("list", "If true, display the environment and any changes in the standard format."),
    { ...overwriteFlag("variables"), default: "true" },
    textFlag("prefix", "What to put in front of variable names."),
    switchFlag("resolve", "If true, show secret or configmap references when listing variables."),
  ],
  async run(invocation) {
    const { flags } = invocation;
    if (flags.bool("all") && flags.string("selector")) throw bothAllAndSelector();
    const split = splitEnv(invocation.args);
    if (!split) {
      const all = invocation.args.join(" ");
      throw new CommandError(`all resources must be specified before environment changes: ${all}`);
    }
    dryRunOf(flags);
    validate(invocation, split.resources);
    const parsed = await parseEnv([...flags.list("env"), ...split.env], invocation.io.stdin);
    const session = await invocation.session();
    const fromResource = flags.string("from") ? await importEnv(invocation, session) : [];
    const prefix = flags.string("prefix");
    const env = [...parsed.env, ...fromResource].map((e) => ({ ...e, name: prefix + e.name }));
    const objects = await findForSet(invocation, session, flags.bool("local") ? [] : split.resources);
    await setOnAll(invocation, session, objects, {
      done: "env updated",
      failure: "failed to patch env update to pod template: ",
      async change(object) {
        const names = flags.string("containers");
        const containers = containersOf(podSpecOf(object), names);
        if (containers.length === 0) {
          const what = `${object.kind}/${object.metadata.name}`;
          invocation.warn(`Warning: ${what} does not have any containers matching ${JSON.stringify(names)}`);
        }
        for (const container of containers) {
          if (!flags.bool("overwrite")) refuseOverwrite(container.env ?? [], env);
          const next = updated(container.env ?? [], env, parsed.remove);
          if (next.length > 0) container.env = next;
          else delete container.env;
        }
        if (flags.bool("list")) await listEnv(invocation, session, object, containers);
        return !flags.bool("list");
      },
    }).catch((error: unknown) => {
      // What cannot be resolved has been said; listing itself does not fail.
      if (!flags.bool("list")) throw error;
    });
    return undefined;
  },
};

/** @throws CommandError in kubectl's words */
function validate(invocation: Invocation, resources: readonly string[]): void {
  const { flags } = invocation;
  refuseLocalOnServer(invocation);
  if (flags.list("filename").length === 0 && resources.length === 0) throw noResource();
  if (flags.bool("list") && flags.string("output"))
    throw new CommandError("--list and --output may not be specified together");
  if (flags.list("keys").length > 0 && !flags.string("from"))
    throw new CommandError("when specifying --keys, a configmap or secret must be provided with --from");
}

/** Variables that refer to the keys of a ConfigMap or a Secret. */
async function importEnv(invocation: Invocation, session: Session): Promise<EnvVar[]> {
  const { flags } = invocation;
  const wanted = flags.list("keys");
  const args = [flags.string("from")];
  const found = await (givenFiles(flags).length > 0
    ? findForSet(invocation, session, args)
    : findObjects(invocation, session, { args, typeMeansAll: flags.bool("all"), typed: true }).then((all) => {
        if (all.errors.length > 0) throw all.errors[0];
        return all.found;
      }));
  return found.flatMap(({ object }) => {
    const reference = { Secret: "secretKeyRef", ConfigMap: "configMapKeyRef" }[object.kind];
    if (!reference) throw new CommandError("unsupported resource specified in --from");
    const keys = Object.keys((object.data ?? {}) as object).filter(
      (key) => wanted.length === 0 || wanted.includes(key),
    );
    return keys.map((key): EnvVar => {
      const name = key.replace(/[^a-zA-Z0-9_]/g, "_").toUpperCase();
      if (name !== key) invocation.warn(`Warning: key ${key} transferred to ${name}`);
      return { name, valueFrom: { [reference]: { name: object.metadata.name, key } } };
    });
  });
}

/** @throws CommandError for a variable that has another value */
function refuseOverwrite(existing: readonly EnvVar[], env: readonly EnvVar[]): void {
  for (const { name, value = "" } of env) {
    const now = existing.find((e) => e.name === name);
    if (now && (now.value ?? "") !== value)
      throw new CommandError(`'${name}' already has a value (${now.value ?? ""}), and --overwrite is false`);
  }
}

/** What is there keeps its place; what is new comes behind it, the first of each name. */
function updated(existing: readonly EnvVar[], env: readonly EnvVar[], remove: readonly string[]): EnvVar[] {
  const out: EnvVar[] = [];
  const covered = new Set(remove);
  for (const now of existing) {
    if (covered.has(now.name)) continue;
    const newer = env.find((e) => e.name === now.name);
    if (newer) covered.add(now.name);
    out.push(newer ?? now);
  }
  for (const one of env) {
    if (covered.has(one.name)) continue;
    covered.add(one.name);
    out.push(one);
  }
  return out;
}
