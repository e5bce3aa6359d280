import type { Command } from "./core/command.ts";

type Load = () => Promise<Command>;

const entries = () => import("./commands/config/entries.ts");
const contexts = () => import("./commands/config/contexts.ts");

/** Every command by the words that call it; each is loaded only when it is called. */
export const commands: ReadonlyMap<string, Load> = new Map<string, Load>([
  ["api-resources", async () => (await import("./commands/api-resources.ts")).apiResourcesCommand],
  ["api-versions", async () => (await import("./commands/api-versions.ts")).apiVersionsCommand],
  ["apply", async () => (await import("./commands/apply.ts")).applyCommand],
  ["auth can-i", async () => (await import("./commands/auth/can-i.ts")).canICommand],
  ["auth whoami", async () => (await import("./commands/auth/whoami.ts")).whoamiCommand],
  ["cluster-info", async () => (await import("./commands/cluster-info.ts")).clusterInfoCommand],
  ["cluster-info dump", async () => (await import("./commands/cluster-info/dump.ts")).dumpCommand],
  ["completion", async () => (await import("./commands/completion.ts")).completionCommand],
  ["config current-context", async () => (await contexts()).currentContextCommand],
  ["config delete-cluster", async () => (await entries()).deleteClusterCommand],
  ["config delete-context", async () => (await entries()).deleteContextCommand],
  ["config delete-user", async () => (await entries()).deleteUserCommand],
  ["config get-clusters", async () => (await entries()).getClustersCommand],
  ["config get-contexts", async () => (await contexts()).getContextsCommand],
  ["config get-users", async () => (await entries()).getUsersCommand],
  ["config rename-context", async () => (await contexts()).renameContextCommand],
  ["config set", async () => (await import("./commands/config/property.ts")).setCommand],
  ["config set-cluster", async () => (await import("./commands/config/set-cluster.ts")).setClusterCommand],
  ["config set-context", async () => (await contexts()).setContextCommand],
  ["config set-credentials", async () => (await import("./commands/config/set-credentials.ts")).setCredentialsCommand],
  ["config unset", async () => (await import("./commands/config/property.ts")).unsetCommand],
  ["config use-context", async () => (await contexts()).useContextCommand],
  ["config view", async () => (await import("./commands/config/view.ts")).configViewCommand],
  ["create", async () => (await import("./commands/create/file.ts")).createFileCommand],
  ["create deployment", async () => (await import("./commands/create/deployment.ts")).createDeploymentCommand],
  ["create namespace", async () => (await import("./commands/create/namespace.ts")).createNamespaceCommand],
  ["delete", async () => (await import("./commands/delete.ts")).deleteCommand],
  ["describe", async () => (await import("./commands/describe.ts")).describeCommand],
  ["diff", async () => (await import("./commands/diff.ts")).diffCommand],
  ["events", async () => (await import("./commands/events.ts")).eventsCommand],
  ["explain", async () => (await import("./commands/explain.ts")).explainCommand],
  ["expose", async () => (await import("./commands/expose.ts")).exposeCommand],
  ["get", async () => (await import("./commands/get.ts")).getCommand],
  ["kustomize", async () => (await import("./commands/kustomize.ts")).kustomizeCommand],
  ["logs", async () => (await import("./commands/logs.ts")).logsCommand],
  ["options", async () => (await import("./commands/options.ts")).optionsCommand],
  ["plugin list", async () => (await import("./commands/plugin.ts")).pluginListCommand],
  ["proxy", async () => (await import("./commands/proxy.ts")).proxyCommand],
  ["rollout history", async () => (await import("./commands/rollout/history.ts")).historyCommand],
  ["rollout pause", async () => (await import("./commands/rollout/pause.ts")).pauseCommand],
  ["rollout restart", async () => (await import("./commands/rollout/restart.ts")).restartCommand],
  ["rollout resume", async () => (await import("./commands/rollout/pause.ts")).resumeCommand],
  ["rollout status", async () => (await import("./commands/rollout/status.ts")).statusCommand],
  ["rollout undo", async () => (await import("./commands/rollout/undo.ts")).undoCommand],
  ["scale", async () => (await import("./commands/scale.ts")).scaleCommand],
  ["set image", async () => (await import("./commands/set/image.ts")).setImageCommand],
  ["version", async () => (await import("./commands/version.ts")).versionCommand],
  ["wait", async () => (await import("./commands/wait.ts")).waitCommand],
]);

/** Other words for the same commands. */
export const aliases: ReadonlyMap<string, string> = new Map([
  ["config use", "config use-context"],
  ["create deploy", "create deployment"],
  ["create ns", "create namespace"],
]);
