import { faultRuns } from "./fault-runs.conformance.ts";

faultRuns("deployment", ({ subject }) => subject === "deployments");
