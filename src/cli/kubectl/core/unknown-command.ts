/** What kubectl says of a command that it does not know. */
import { editDistance } from "./nearest.ts";

/** kubectl's commands, in the order of its own lists, which its suggestions keep. */
export const kubectlCommands: readonly string[] =
  "create expose run set explain get edit delete rollout scale autoscale certificate cluster-info top cordon uncordon drain taint describe logs attach exec port-forward proxy cp auth debug events diff apply patch replace wait kustomize label annotate completion config plugin version api-versions api-resources options".split(
    " ",
  );

/** Names that begin so, or are at most two letters away. */
export function unknownCommand(word: string): string {
  const asked = word.toLowerCase();
  const near = kubectlCommands.filter((name) => name.startsWith(asked) || editDistance(asked, name) <= 2);
  const hint = near.length > 0 ? `\n\nDid you mean this?\n${near.map((name) => `\t${name}`).join("\n")}` : "";
  return `error: unknown command "${word}" for "kubectl"${hint}`;
}
