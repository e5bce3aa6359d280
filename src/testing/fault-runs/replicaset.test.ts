import { faultRuns } from "./fault-runs.conformance.ts";

faultRuns("replicaset", ({ subject }) => subject === "deployments");
