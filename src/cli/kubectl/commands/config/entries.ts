/** `config get-clusters`, `get-users`, `delete-cluster`, `delete-context`, `delete-user`. */
import type { ListName } from "../../../../client/kubeconfig/schema.ts";
import { type Command, CommandError, ShowHelp } from "../../core/command.ts";
import { changeConfig, configFile, hasEntry, readConfig } from "./access.ts";

const listing = (what: "clusters" | "users", short: string): Command => ({
  path: `config get-${what}`,
  use: `config get-${what}`,
  short,
  flags: [],
  async run(invocation) {
    const { config } = await readConfig(invocation);
    invocation.print("NAME");
    for (const { name } of config[what]) invocation.print(name);
    return undefined;
  },
});

export const getClustersCommand = listing("clusters", "Display clusters defined in the kubeconfig.");
export const getUsersCommand = listing("users", "Display users defined in the kubeconfig.");

const deleting = (what: "cluster" | "context" | "user"): Command => ({
  path: `config delete-${what}`,
  use: `config delete-${what} NAME`,
  short: `Delete the specified ${what} from the kubeconfig.`,
  flags: [],
  async run(invocation) {
    const { args, print, warn } = invocation;
    const list: ListName = `${what}s`;
    const { config } = await readConfig(invocation);
    if (args.length !== 1) {
      if (what === "user")
        throw new CommandError("user to delete is required\nSee 'kubectl config delete-user -h' for help and examples");
      throw new ShowHelp();
    }
    const [name = ""] = args;
    const file = configFile(invocation);
    if (!hasEntry(config, list, name)) throw new CommandError(`cannot delete ${what} ${name}, not in ${file}`);
    if (what === "context" && config["current-context"] === name)
      warn(`warning: this removed your active context, use "kubectl config use-context" to select a different one`);
    await changeConfig(invocation, (next) => {
      (next as Record<string, unknown>)[list] = next[list]?.filter((entry) => entry.name !== name);
    });
    print(`deleted ${what} ${name} from ${file}`);
    return undefined;
  },
});

export const deleteClusterCommand = deleting("cluster");
export const deleteContextCommand = deleting("context");
export const deleteUserCommand = deleting("user");
