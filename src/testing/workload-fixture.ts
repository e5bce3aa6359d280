import type { Container, Deployment, DeploymentSpec } from "../api/generated/types.ts";

/** A Deployment to apply, for tests of `wherry/testing`. */
export const workload = (
  name: string,
  image: string,
  replicas: number,
  { container = {}, ...spec }: Partial<DeploymentSpec> & { container?: Partial<Container> } = {},
): Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: "main", image, ...container }] },
    },
    ...spec,
  },
});
