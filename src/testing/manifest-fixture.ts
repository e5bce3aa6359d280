/** Manifests of workloads, for tests of `wherry verify`. */

/** A pod of this is ready 3 s after its container has started, to the second: an exec probe looks once a second. */
export const probe = "readinessProbe: {exec: {command: [ok]}, periodSeconds: 1}";

/**
 * YAML. The `spec` is in line 4.
 * @param spec fields beside selector and template, a line each
 * @param container fields beside name and image, a line each
 */
export const workloadManifest = (
  kind: "Deployment" | "StatefulSet" | "DaemonSet",
  name: string,
  spec = "",
  container = probe,
): string => `apiVersion: apps/v1
kind: ${kind}
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: main
          image: ${name}:1
          ${container}
  ${spec.replaceAll("\n", "\n  ")}
`;

/** What a StatefulSet of {@link workloadManifest} with three replicas promises. */
export const orderedStrategy = {
  type: "RollingUpdate",
  replicas: 3,
  leastAvailable: 2,
  mostPods: 3,
  minReadySeconds: 0,
  podManagementPolicy: "OrderedReady",
} as const;
