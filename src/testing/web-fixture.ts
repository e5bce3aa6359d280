/** The Deployment `web` that tests of rollouts create and update. */
import type { Deployment, DeploymentSpec } from "../api/generated/types.ts";
import type { Client } from "../client/client.ts";
import { deployments } from "../client/kinds.ts";
import { template } from "./deployment-fixture.ts";

export const key = { namespace: "default", name: "web" };

/** @param spec what else is in it */
export const web = (image: string, replicas: number, spec: Partial<DeploymentSpec> = {}): Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { ...key },
  spec: { replicas, selector: { matchLabels: { app: "web" } }, template: template(image), ...spec },
});

interface Reached {
  readonly client: Client;
}

/** `kubectl set image deployment/web web=IMAGE` */
export const setImage = ({ client }: Reached, image: string): Promise<Deployment> =>
  client.patch(
    deployments,
    key,
    { spec: { template: { spec: { containers: [{ name: "web", image }] } } } },
    { type: "strategic" },
  );

/** Its newest template is seen and rolled out, and nothing of an older one is left. */
export const isComplete = ({ metadata, spec, status }: Deployment): boolean =>
  status?.observedGeneration === metadata?.generation &&
  [status?.replicas, status?.updatedReplicas, status?.availableReplicas].every((count) => count === spec?.replicas);

export const isSettled =
  ({ client }: Reached) =>
  async (): Promise<boolean> =>
    isComplete(await client.get(deployments, key));
