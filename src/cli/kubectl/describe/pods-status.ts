import type { Pod } from "../../../api/generated/types.ts";
import { controlled, type Owner } from "../core/controlled.ts";
import type { DescribeContext } from "./describer.ts";
import type { DescriptionWriter } from "./writer.ts";

/** How many of the pods that a workload controls are in which phase. */
export async function writePodsStatus(w: DescriptionWriter, owner: Owner, { session }: DescribeContext): Promise<void> {
  const pods = await controlled<Pod>(session, "pods", owner);
  const count = (phase: string) => pods.filter((pod) => pod.status?.phase === phase).length;
  w.write(
    0,
    `Pods Status:\t${count("Running")} Running / ${count("Pending")} Waiting / ${count("Succeeded")} Succeeded / ${count("Failed")} Failed\n`,
  );
}
