import { CommandError } from "../../core/command.ts";
import { textFlag } from "../../core/flags.ts";
import { parseResourceList } from "../../core/resource-list.ts";
import { createCommand } from "./shared.ts";

export const createQuotaCommand = createCommand({
  name: "quota",
  use: "NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none] [flags]",
  short: "Create a quota with the specified name.",
  flags: [
    textFlag("hard", "A comma-delimited set of resource=quantity pairs that define a hard limit."),
    textFlag("scopes", "A comma-delimited set of quota scopes that must all match each object tracked by the quota."),
  ],
  failure: "failed to create quota: ",
  build({ flags }, name) {
    const hard = flags.string("hard") ? { hard: parseResourceList(flags.string("hard")) } : {};
    const scopes = flags.string("scopes") ? flags.string("scopes").split(",") : [];
    if (scopes.includes("")) throw new CommandError('invalid resource quota scope ""');
    const spec = { ...hard, ...(scopes.length > 0 ? { scopes } : {}) };
    return { apiVersion: "v1", kind: "ResourceQuota", metadata: { name }, spec };
  },
});
