/** What commands are for, as the help of `kubectl` alone lists them. */

export interface Section {
  readonly title: string;
  /** First words of commands. */
  readonly words: readonly string[];
}

const section = (title: string, words: string): Section => ({ title, words: words.split(" ") });

export const sections: readonly Section[] = [
  section("Look", "get describe logs events explain wait"),
  section(
    "Make, change, delete",
    "create run apply diff edit patch replace set label annotate expose scale autoscale delete",
  ),
  section("Roll out", "rollout"),
  section("Nodes", "cordon uncordon taint"),
  section("The cluster, and what you may do", "cluster-info api-resources api-versions version auth proxy"),
  section("This computer", "config kustomize completion plugin options"),
];

/** Words that call nothing by themselves. */
export interface Group {
  readonly short: string;
  /** Without a command behind it, the help goes to standard error. */
  readonly complains: boolean;
  /** Without a command behind it. */
  readonly exitCode: number;
}

/** Exit codes and streams are kubectl's, which has no rule for them. */
export const groups: Readonly<Record<string, Group>> = {
  auth: { short: "Ask what you may do, and set up roles.", complains: true, exitCode: 1 },
  config: { short: "Look at and change the kubeconfig: clusters, users, contexts.", complains: true, exitCode: 1 },
  "create secret": { short: "Create a secret.", complains: true, exitCode: 1 },
  "create service": { short: "Create a service.", complains: true, exitCode: 1 },
  plugin: { short: "Find the plugins on the PATH.", complains: true, exitCode: 1 },
  rollout: { short: "Watch, pause, restart and undo rollouts.", complains: false, exitCode: 1 },
  set: { short: "Change one thing of a resource.", complains: true, exitCode: 1 },
};
