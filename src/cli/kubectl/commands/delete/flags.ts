import { CommandError } from "../../core/command.ts";
import type { Flag } from "../../core/flags.ts";

/**
 * How something is deleted, for the commands that delete.
 * @param wait the default of `--wait`
 */
export const deletionFlags = (wait: "true" | "false"): readonly Flag[] => [
  {
    name: "cascade",
    type: "string",
    default: "background",
    noValue: "background",
    usage: 'Must be "background", "orphan", or "foreground". Selects what becomes of the dependents.',
  },
  {
    name: "force",
    type: "bool",
    default: "false",
    usage: "If true, immediately remove resources from API and bypass graceful deletion.",
  },
  {
    name: "grace-period",
    type: "int",
    default: "-1",
    usage: "Seconds given to the resource to terminate gracefully. Ignored if negative.",
  },
  {
    name: "timeout",
    type: "duration",
    default: "0s",
    usage: "The length of time to wait before giving up on a delete, zero means wait on.",
  },
  {
    name: "wait",
    type: "bool",
    default: wait,
    usage: "If true, wait for resources to be gone before returning. This waits for finalizers.",
  },
];

/** @throws CommandError for another word than the three */
export function propagationOf(cascade: string): string {
  const policies: Record<string, string> = { background: "Background", foreground: "Foreground", orphan: "Orphan" };
  const policy = policies[cascade];
  if (policy) return policy;
  throw new CommandError(`invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`);
}

/** Seconds. Zero without --force would lose data by accident. */
export function gracePeriodOf(seconds: number, force: boolean): number {
  if (seconds === 0 && !force) return 1;
  return force && seconds < 0 ? 0 : seconds;
}
