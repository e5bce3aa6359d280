/** What the commands that make an object of their flags share. */
import { StatusError } from "../../../../base/errors.ts";
import { type Command, CommandError, type Invocation } from "../../core/command.ts";
import { dryRunOf, dryRunQuery, fieldValidationOf } from "../../core/dry-run.ts";
import type { Flag } from "../../core/flags.ts";
import { withTypedLastApplied } from "../../core/last-applied.ts";
import type { ManifestObject } from "../../core/manifests.ts";
import { printResult } from "../../core/operations.ts";
import { apiPath } from "../../core/paths.ts";
import { dryRunFlag, fieldManagerFlag, saveConfigFlag, validateFlag } from "../../core/shared-flags.ts";
import { asGoWrites, localResource } from "../../core/typed.ts";
import { printFlags } from "../../print/print-flags.ts";

/** Flags of every generator. */
export const createFlags: readonly Flag[] = [
  dryRunFlag,
  fieldManagerFlag("kubectl-create"),
  ...printFlags,
  saveConfigFlag,
  validateFlag,
];

export interface Generator {
  /** The words behind `create`. */
  readonly name: string;
  /** What follows them in the usage line. */
  readonly use: string;
  readonly short: string;
  readonly flags: readonly Flag[];
  /** What stands before the server's refusal, with what parts it from that. */
  readonly failure?: string;
  /** kubectl forgets `--save-config` for some. */
  readonly forgetsConfig?: boolean;
  /** @throws CommandError for flags that make no sense */
  build(invocation: Invocation, name: string, command: readonly string[]): ManifestObject | Promise<ManifestObject>;
}

/** A command that makes one object of its name and flags. */
export const createCommand = ({ name, use, short, flags, failure = "", forgetsConfig, build }: Generator): Command => ({
  path: `create ${name}`,
  use: `create ${name} ${use}`,
  short,
  flags: [...createFlags, ...flags],
  async run(invocation) {
    const [objectName, command] = nameAndCommand(invocation, name);
    dryRunOf(invocation.flags);
    fieldValidationOf(invocation.flags);
    return createObject(invocation, await build(invocation, objectName, command), failure, !forgetsConfig);
  },
});

/** @throws CommandError when there is not exactly one name in front of `--` */
export function nameAndCommand({ flags }: Invocation, command: string): readonly [string, readonly string[]] {
  const { args, argsBeforeDash } = flags;
  const names = argsBeforeDash < 0 ? args.length : argsBeforeDash;
  if (names !== 1) {
    const hint = `See 'kubectl create ${command} -h' for help and examples`;
    throw new CommandError(`exactly one NAME is required, got ${names}\n${hint}`);
  }
  const [name = "", ...rest] = args;
  return [name, rest];
}

/** Creates the object, or with `--dry-run=client` only shows it. */
async function createObject(
  invocation: Invocation,
  made: ManifestObject,
  failure: string,
  saves: boolean,
): Promise<undefined> {
  const { flags } = invocation;
  const dryRun = dryRunOf(flags);
  const session = await invocation.session();
  const resource = localResource(made);
  const namespace = resource.namespaced && session.namespaceGiven ? { namespace: session.namespace } : {};
  const placed = asGoWrites({ ...made, metadata: { ...made.metadata, ...namespace } });
  const object = withTypedLastApplied(placed, saves && flags.bool("save-config"));
  if (dryRun === "client") {
    await printResult(invocation, resource, object, "created", dryRun, { typed: true });
    return undefined;
  }
  const query = {
    dryRun: dryRunQuery(dryRun),
    fieldManager: flags.string("field-manager"),
    fieldValidation: fieldValidationOf(flags),
  };
  let created: ManifestObject;
  try {
    const path = apiPath(resource, { namespace: session.namespace }, query);
    created = await session.json<ManifestObject>("POST", path, { body: object });
  } catch (error) {
    if (!failure || !(error instanceof StatusError)) throw error;
    throw new CommandError(`${failure}${error.message}`);
  }
  await printResult(invocation, resource, created, "created", dryRun, { typed: true });
  return undefined;
}
