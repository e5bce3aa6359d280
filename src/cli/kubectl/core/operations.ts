/** What commands that change things share: printing what was done, and writing with the flags' options. */
import { goJson, objectText, outputFormat, withoutManagedFields } from "../print/output.ts";
import { CommandError, type Invocation } from "./command.ts";
import { kindText, type ServedResource } from "./discovery.ts";
import { type DryRun, dryRunSuffix } from "./dry-run.ts";

export interface Named {
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
}

/** Invocations that have printed a YAML document: the next is parted from it. */
const printedYaml = new WeakSet<object>();

/**
 * Prints `deployment.apps/web created`, or the object when `-o` asks for it.
 * @param typed does kubectl know the type here? Then JSON has Go's order of fields.
 */
export async function printResult(
  invocation: Invocation,
  resource: ServedResource,
  object: Named,
  operation: string,
  dryRun: DryRun,
  { typed = false }: { readonly typed?: boolean } = {},
): Promise<void> {
  const { flags, io } = invocation;
  const output = flags.string("output");
  const name = `${kindText(resource)}/${object.metadata?.name}`;
  if (output === "") {
    invocation.print(`${name} ${operation}${dryRunSuffix(dryRun)}`);
    return;
  }
  if (output === "name") {
    invocation.print(name);
    return;
  }
  const format = outputFormat(output);
  if (format.kind === "jsonpath") {
    const { jsonPath } = await import("../print/jsonpath.ts");
    io.stdout.write(jsonPath(format.template, object));
  } else if (format.kind === "json" || format.kind === "yaml") {
    if (format.kind === "yaml" && printedYaml.has(io)) io.stdout.write("---\n");
    if (format.kind === "yaml") printedYaml.add(io);
    const keep = flags.has("show-managed-fields") && flags.bool("show-managed-fields");
    const shown = keep ? object : withoutManagedFields(object);
    if (format.kind === "json" && typed) {
      const { inGoOrder } = await import("../print/go-order.ts");
      io.stdout.write(`${goJson(inGoOrder(shown), 4)}\n`);
    } else io.stdout.write(objectText(shown, format.kind));
  } else throw new CommandError(`unable to match a printer suitable for the output format "${output}"`);
}
