/** `kubectl diff`: what an apply would change, shown by the machine's own diff. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isConflict, isNotFound } from "../../../base/errors.ts";
import { type Command, CommandError, type Invocation } from "../core/command.ts";
import { failureLines } from "../core/failure.ts";
import type { LiveObject } from "../core/find-objects.ts";
import { type FlagValues, listFlag, switchFlag } from "../core/flags.ts";
import { givenFiles } from "../core/manifest-files.ts";
import { apiPath } from "../core/paths.ts";
import type { Session } from "../core/session.ts";
import { fieldManagerFlag, filenameFlags, selectorFlag, showManagedFieldsFlag } from "../core/shared-flags.ts";
import { findTargets, placed, type Target } from "../core/targets.ts";
import { withoutManagedFields } from "../print/output.ts";
import { toYaml } from "../print/yaml.ts";
import { previewClientSide } from "./apply/client-side.ts";
import { pruneResources, wouldBePruned } from "./apply/prune.ts";
import { serverSideManager } from "./apply/server-side.ts";

export const diffCommand: Command = {
  path: "diff",
  use: "diff -f FILENAME",
  short: "Show what an apply of files or stdin would change.",
  flags: [
    { name: "concurrency", type: "int", default: "1", usage: "Number of objects to process in parallel." },
    fieldManagerFlag("kubectl-client-side-apply"),
    ...filenameFlags,
    {
      name: "force-conflicts",
      type: "bool",
      default: "false",
      usage: "If true, server-side apply will force the changes against conflicts.",
    },
    switchFlag("prune", "Also show what pruning would delete. Without -l that is everything."),
    listFlag("prune-allowlist", "What to prune, as <group/version/kind>, instead of the usual kinds."),
    selectorFlag,
    {
      name: "server-side",
      type: "bool",
      default: "false",
      usage: "If true, apply runs in the server instead of the client.",
    },
    showManagedFieldsFlag,
    {
      name: "show-secrets",
      type: "bool",
      default: "false",
      usage: "If true, print secret values unmasked in the diff.",
    },
  ],
  async run(invocation) {
    const { flags, args, warn } = invocation;
    let server = "";
    try {
      if (args.length > 0) {
        throw new CommandError(`Unexpected args: [${args.join(" ")}]\nSee 'kubectl diff -h' for help and examples`);
      }
      if (givenFiles(flags).length === 0) throw new CommandError("must specify one of -f and -k");
      if (flags.bool("force-conflicts") && !flags.bool("server-side")) {
        throw new CommandError("--force-conflicts only works with --server-side");
      }
      const session = await invocation.session();
      server = session.rest.config.server;
      return await compare(invocation, session);
    } catch (error) {
      // 1 means that there are differences, so failures are 2.
      for (const line of failureLines(error, server)) warn(line);
      return 2;
    }
  },
};

/** The live objects and what an apply would make of them, as two directories with a file per object. */
async function compare(invocation: Invocation, session: Session): Promise<number> {
  const { flags } = invocation;
  const pruned = flags.bool("prune")
    ? await session.served((d) => pruneResources(d, flags.list("prune-allowlist")))
    : [];
  const { targets, errors } = await findTargets(invocation, session);
  const uids = new Set<string>();
  const live = mkdtempSync(join(tmpdir(), "LIVE-"));
  const merged = mkdtempSync(join(tmpdir(), "MERGED-"));
  try {
    const compareOne = async (target: Target) => {
      try {
        const [before, after] = await versions(invocation, session, target);
        if (before) uids.add(before.metadata.uid);
        writeFileSync(join(live, fileName(target)), before ? toYaml(before) : "");
        writeFileSync(join(merged, fileName(target)), toYaml(after));
        if (before?.metadata.deletionTimestamp) {
          invocation.warn(`Warning: Detected changes to resource ${target.name} which is currently being deleted.`);
        }
      } catch (error) {
        errors.push(error);
      }
    };
    const atOnce = Math.max(1, flags.int("concurrency"));
    for (let i = 0; i < targets.length; i += atOnce) await Promise.all(targets.slice(i, i + atOnce).map(compareOne));
    if (pruned.length > 0) {
      const namespaces = new Set(targets.flatMap(({ namespace }) => namespace ?? []));
      const scope = { resources: pruned, namespaces, uids, labelSelector: flags.string("selector") };
      // kubectl leaves out what it cannot look through, with a line in its log.
      const gone = await wouldBePruned(session, scope).catch(() => []);
      for (const target of gone) if (target.object) writeFileSync(join(live, fileName(target)), toYaml(target.object));
    }
    // kubectl goes on with the other files too, but tells of the first only.
    if (errors.length > 0) throw errors[0];
    return await showDifference(invocation, live, merged);
  } finally {
    rmSync(live, { recursive: true, force: true });
    rmSync(merged, { recursive: true, force: true });
  }
}

/** How often an object that others change meanwhile is compared anew. */
const mostTries = 4;

async function versions(
  { flags }: Invocation,
  session: Session,
  target: Target,
): Promise<readonly [LiveObject | undefined, LiveObject]> {
  const { resource, namespace, name } = target;
  for (let tries = 1; ; tries++) {
    let before: LiveObject | undefined;
    try {
      before = await session.json<LiveObject>("GET", apiPath(resource, { namespace, name }));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    try {
      const after = flags.bool("server-side")
        ? await previewServerSide(flags.bool("force-conflicts"), flags, session, target)
        : await previewClientSide(session, target, before);
      const shown = (object: LiveObject) => shownOf(flags, object);
      const pair = [before && shown(before), shown(after)] as const;
      return after.kind === "Secret" && after.apiVersion === "v1" && !flags.bool("show-secrets")
        ? masked(...pair)
        : pair;
    } catch (error) {
      if (!isConflict(error) || flags.bool("server-side") || tries === mostTries) throw error;
    }
  }
}

function previewServerSide(force: boolean, flags: Invocation["flags"], session: Session, target: Target) {
  const { resource, namespace, name } = target;
  const fieldManager = flags.changed("field-manager") ? flags.string("field-manager") : serverSideManager;
  const query = { dryRun: "All", fieldManager, force: String(force) };
  const contentType = "application/apply-patch+yaml";
  return session.json<LiveObject>("PATCH", apiPath(resource, { namespace, name }, query), {
    body: placed(target),
    contentType,
  });
}

const shownOf = (flags: FlagValues, object: LiveObject): LiveObject =>
  flags.bool("show-managed-fields") ? object : withoutManagedFields(object);

const mask = "***";

/** A Secret's values are not shown, only which of them differ. */
function masked(before: LiveObject | undefined, after: LiveObject): readonly [LiveObject | undefined, LiveObject] {
  const data = (object: LiveObject | undefined) => object?.data as Record<string, string> | undefined;
  const [from, to] = [data(before), data(after)];
  const hide = (own: Record<string, string> | undefined, other: Record<string, string> | undefined, changed: string) =>
    own &&
    Object.fromEntries(
      Object.entries(own).map(([key, value]) => [key, other && key in other && other[key] !== value ? changed : mask]),
    );
  return [
    before && from ? { ...before, data: hide(from, to, `${mask} (before)`) } : before,
    to ? { ...after, data: hide(to, from, `${mask} (after)`) } : after,
  ];
}

const fileName = ({ resource, namespace = "", name }: Target): string =>
  `${resource.group ? `${resource.group}.` : ""}${resource.version}.${resource.kind}.${namespace}.${name}`;

/** Runs `diff -u -N`, or what KUBECTL_EXTERNAL_DIFF says. @returns 0 without differences, 1 with */
export function showDifference({ io }: Invocation, live: string, merged: string): Promise<number> {
  const [program = "diff", ...options] = (io.env.KUBECTL_EXTERNAL_DIFF || "diff -u -N").split(" ");
  const allowed = options.filter((option) => /^[a-zA-Z0-9=-]+$/.test(option));
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...allowed, live, merged], { stdio: ["ignore", "pipe", "pipe"], env: io.env });
    child.stdout.pipe(io.stdout, { end: false });
    child.stderr.pipe(io.stderr, { end: false });
    child.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "ENOENT" ? `exec: "${program}": executable file not found in $PATH` : error.message;
      reject(new CommandError(`failed to run "${program}": ${why}`));
    });
    child.once("close", (code) => {
      if (code === 0 || code === 1) resolve(code);
      else reject(new CommandError(`failed to run "${program}": exit status ${code}`));
    });
  });
}
