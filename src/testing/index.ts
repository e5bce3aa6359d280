/** `wherry/testing`: a Kubernetes cluster in a test's own process, with a clock that the test owns. */
export type * from "../api/generated/types.ts";
export type { KindRef, KubeObject } from "../api/kind.ts";
export { StatusError } from "../base/errors.ts";
export type { Client } from "../client/client.ts";
export * as kinds from "../client/kinds.ts";
export type { Cluster, InNamespace, KubeconfigOptions, ResourceEvent, ResourceWatch, UndoOptions } from "./cluster.ts";
export { createCluster } from "./create-cluster.ts";
export type { Duration } from "./durations.ts";
export type { CrashOptions, Fault, Faults, FaultTarget, RestartOptions } from "./faults-contract.ts";
export type { Manifest } from "./manifests.ts";
export type { ClusterOptions, ImageBehaviour, Images, NodeOptions } from "./options.ts";
export type { ResourceName, ResourceOf } from "./resources.ts";
export type { Workload } from "./rollout.ts";
export type { RunUntilOptions, TestClock } from "./test-clock.ts";
