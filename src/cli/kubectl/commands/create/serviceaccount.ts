import { createCommand } from "./shared.ts";

export const createServiceAccountCommand = createCommand({
  name: "serviceaccount",
  use: "NAME [--dry-run=server|client|none] [flags]",
  short: "Create a service account with the specified name.",
  flags: [],
  failure: "failed to create serviceaccount: ",
  build: (_, name) => ({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name } }),
});
