import { createCommand } from "./shared.ts";

export const createNamespaceCommand = createCommand({
  name: "namespace",
  use: "NAME [--dry-run=server|client|none] [flags]",
  short: "Create a namespace with the specified name.",
  flags: [],
  build: (_, name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }),
});
