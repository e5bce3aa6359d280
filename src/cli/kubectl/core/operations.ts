/** What commands that change things share: printing what was done, and writing with the flags' options. */
import { type ObjectPrinter, objectPrinter } from "../print/printer.ts";
import type { Invocation } from "./command.ts";
import { kindText, type ServedResource } from "./discovery.ts";
import { type DryRun, dryRunSuffix } from "./dry-run.ts";

export interface Named {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
}

/** The printer of each invocation: it remembers what it has printed. */
const printers = new WeakMap<object, Promise<ObjectPrinter | undefined>>();

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
  if (!printers.has(io)) printers.set(io, objectPrinter(flags));
  const printer = await printers.get(io);
  const name = `${kindText(kindOf(object) ?? resource)}/${object.metadata?.name}`;
  if (!printer) invocation.print(`${name} ${operation}${dryRunSuffix(dryRun)}`);
  else if (typed) {
    const { inGoOrder } = await import("../print/go-order.ts");
    const { asGoWrites } = await import("./typed.ts");
    printer.print(inGoOrder(asGoWrites(object)), (text) => io.stdout.write(text), { typed });
  } else printer.print(object, (text) => io.stdout.write(text));
}

/** A subresource may be of another kind than its resource. */
function kindOf({ apiVersion, kind }: Named): Pick<ServedResource, "group" | "kind"> | undefined {
  if (!apiVersion || !kind) return undefined;
  return { kind, group: apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "" };
}
