/** What is taken for granted about applications of which only the manifest is known. */
import { assumed, hand } from "../scenarios.ts";

const minutes = (ms: number) => ms / 60_000;

const sets: readonly string[] = [
  `StatefulSets and DaemonSets wait for a lost node: somebody deletes its Node after ${minutes(hand.nodeAfter)} minutes. With OnDelete somebody deletes one pod at a time, the next once all are available. After the undo of a StatefulSet somebody deletes, after ${minutes(hand.podAfter)} minute, the pods that still hold it up.`,
];

/** A sentence each. @param kinds of the workloads that are played */
export const assumptionsFor = (kinds: ReadonlySet<string>): readonly string[] => [
  "Updates go from the manifest as given, rolled out and healthy, to a new version: another image in every container but the init containers.",
  `A node pulls an image in ${assumed.pull} s. A container does its work ${assumed.start} s after its start, and passes its probes from then on. It ends ${assumed.stop} s after SIGTERM; an init container is done in ${assumed.init} s.`,
  `A version that crashes does so ${assumed.crash} s after each start. One that is never ready runs, and does nothing. One that starts slowly takes ${assumed.slowStart} s.`,
  "The node with most of the pods is lost as soon as a pod of the new version has a place. It does not come back. No strategy promises how many pods that leaves.",
  ...(kinds.has("StatefulSet") || kinds.has("DaemonSet") ? sets : []),
  "Volumes, environment, service account and node selection are taken to fit.",
];
