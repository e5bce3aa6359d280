import { faultRuns, has } from "./fault-runs.conformance.ts";

faultRuns("statefulset", ({ subject }) => subject === "statefulsets");
faultRuns("daemonset", ({ subject }) => subject === "daemonsets");
faultRuns("garbage-collector", has("delete"));
