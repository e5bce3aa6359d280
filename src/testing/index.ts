/** `wherry/testing`: a Kubernetes cluster in a test's own process, with a clock that the test owns. */
export type * from "../api/generated/types.ts";
export type { KindRef, KubeObject } from "../api/kind.ts";
export { StatusError } from "../base/errors.ts";
export type { Client } from "../client/client.ts";
export * as kinds from "../client/kinds.ts";
export type { SimulatedImage } from "../node/runtime/simulated/behaviour.ts";
export type { Cluster, InNamespace } from "./cluster.ts";
export { type ClusterOptions, createCluster } from "./create-cluster.ts";
export type { Duration } from "./durations.ts";
export type { NodeOptions } from "./machines.ts";
export type { Manifest } from "./manifests.ts";
export type { ResourceName, ResourceOf } from "./resources.ts";
export type { RunUntilOptions, TestClock } from "./test-clock.ts";
