/** What commands that change things share: printing what was done, and writing with the flags' options. */
import { objectText, outputFormat, withoutManagedFields } from "../print/output.ts";
import { CommandError, type Invocation } from "./command.ts";
import { kindText, type ServedResource } from "./discovery.ts";
import { type DryRun, dryRunSuffix } from "./dry-run.ts";

export interface Named {
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
}

/** Prints `deployment.apps/web created`, or the object when `-o` asks for it. */
export async function printResult(
  invocation: Invocation,
  resource: ServedResource,
  object: Named,
  operation: string,
  dryRun: DryRun,
): Promise<void> {
  const output = invocation.flags.string("output");
  const name = `${kindText(resource)}/${object.metadata?.name}`;
  if (output === "") invocation.print(`${name} ${operation}${dryRunSuffix(dryRun)}`);
  else if (output === "name") invocation.print(name);
  else {
    const format = outputFormat(output);
    if (format.kind === "jsonpath") {
      const { jsonPath } = await import("../print/jsonpath.ts");
      invocation.io.stdout.write(jsonPath(format.template, object));
    } else if (format.kind === "json" || format.kind === "yaml") {
      const keep = invocation.flags.changed("show-managed-fields") && invocation.flags.bool("show-managed-fields");
      invocation.io.stdout.write(objectText(keep ? object : withoutManagedFields(object), format.kind));
    } else throw new CommandError(`unable to match a printer suitable for the output format "${output}"`);
  }
}
