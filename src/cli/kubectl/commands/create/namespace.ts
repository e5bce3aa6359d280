import { type Command, CommandError } from "../../core/command.ts";
import { createFlags, createObject } from "./shared.ts";

export const createNamespaceCommand: Command = {
  path: "create namespace",
  use: "create namespace NAME [--dry-run=server|client|none] [flags]",
  short: "Create a namespace with the specified name.",
  flags: createFlags,
  async run(invocation) {
    const [name, ...surplus] = invocation.args;
    if (name === undefined || surplus.length > 0) {
      throw new CommandError(
        `exactly one NAME is required, got ${invocation.args.length}\nSee 'kubectl create namespace -h' for help and examples`,
      );
    }
    return createObject(invocation, "namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name },
      spec: {},
      status: {},
    });
  },
};
