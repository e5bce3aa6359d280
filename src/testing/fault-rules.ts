/** The disturbances that are in force, as a list of rules. */
import type { Disturbances, LinkOwner, LinkSelector } from "./links.ts";
import { selects } from "./links.ts";

export type Rule =
  | { readonly type: "delay"; readonly where: LinkSelector; readonly ms: number }
  | { readonly type: "down"; readonly where: LinkSelector }
  | { readonly type: "conflict"; readonly where: LinkSelector; left: number }
  /** Calls back when the component has made so many writes. */
  | { readonly type: "writes"; readonly component: string; left: number; readonly reached: () => void };

export interface FaultRules extends Disturbances {
  /** @returns takes it out again */
  add(rule: Rule): () => void;
  clear(): void;
  /** Who can reach the server no more, ever: its process is dead. */
  sever(owner: LinkOwner): void;
  /** Nodes whose agents cannot reach the server. */
  readonly cutOff: Set<string>;
}

export function createFaultRules(): FaultRules {
  const rules = new Set<Rule>();
  const severed = new WeakSet<LinkOwner>();
  const cutOff = new Set<string>();
  return {
    cutOff,
    add(rule) {
      rules.add(rule);
      return () => rules.delete(rule);
    },
    clear: () => rules.clear(),
    sever: (owner) => severed.add(owner),

    cut: (owner) => severed.has(owner) || (owner.process === "kubelet" && cutOff.has(owner.part?.() ?? "")),
    watchDelay(owner, kind) {
      let longest = 0;
      for (const rule of rules)
        if (rule.type === "delay" && selects(rule.where, owner, kind)) longest = Math.max(longest, rule.ms);
      return longest;
    },
    watchesDown(owner, kind) {
      for (const rule of rules) if (rule.type === "down" && selects(rule.where, owner, kind)) return true;
      return false;
    },
    conflict(owner, kind) {
      for (const rule of rules) {
        if (rule.type !== "conflict" || rule.left <= 0 || !selects(rule.where, owner, kind)) continue;
        rule.left--;
        return true;
      }
      return false;
    },
    wrote(owner) {
      for (const rule of rules)
        if (rule.type === "writes" && rule.component === owner.part?.() && --rule.left === 0) {
          rules.delete(rule);
          rule.reached();
        }
    },
  };
}
