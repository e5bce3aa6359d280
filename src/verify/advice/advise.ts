import type { DeploymentItem } from "../manifest/deployments.ts";
import type { Item } from "../manifest/read.ts";
import type { Advice } from "../report.ts";
export const advise = (_: readonly Item[], __: readonly DeploymentItem[]): Advice[] => [];
