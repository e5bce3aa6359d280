/** What is taken for granted about applications of which only the manifest is known. */
import { assumed } from "../scenarios.ts";

/** A sentence each. */
export const assumptions: readonly string[] = [
  "Updates go from the manifest as given, rolled out and healthy, to a new version: another image in every container but the init containers.",
  `A node pulls an image in ${assumed.pull} s. A container does its work ${assumed.start} s after its start, and passes its probes from then on. It ends ${assumed.stop} s after SIGTERM; an init container is done in ${assumed.init} s.`,
  `A version that crashes does so ${assumed.crash} s after each start. One that is never ready runs, and does nothing. One that starts slowly takes ${assumed.slowStart} s.`,
  "The node with most of the pods is lost as soon as a pod of the new version has a place. It does not come back. No strategy promises how many pods that leaves.",
  "Volumes, environment, service account and node selection are taken to fit.",
];
