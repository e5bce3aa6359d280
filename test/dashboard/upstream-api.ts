/**
 * What the tests of the page beside upstream ask: the recording in this folder, or with `WHERRY_RECORD_UPSTREAM` a real API
 * server of Kubernetes 1.34 with its controllers and scheduler, whose kubeconfig that names. Then the recording is
 * written anew:
 *
 *     WHERRY_RECORD_UPSTREAM=FILE npx vitest run test/dashboard/upstream.test.ts
 *
 * It has no node but one, which joins it for that time (`test/tools/joined-node.ts`).
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRestClient } from "../../src/client/http/rest.ts";
import { loadKubeconfig, resolveContext } from "../../src/client/kubeconfig.ts";
import { repository, succeeded, type TestHome } from "../tools/cluster.ts";
import { joinNode } from "../tools/joined-node.ts";
import { type PlayedApi, recordApi, replayApi } from "../tools/played-api.ts";

const recording = join(repository, "test/dashboard/upstream.jsonl.br");
const real = process.env.WHERRY_RECORD_UPSTREAM;

const images = [
  { pattern: "*:none*", pullError: 'failed to resolve reference "docker.io/library/web:none": not found' },
  { pattern: "*", startDelay: 300, readyAfter: 300 },
];

/** `viewer` may read in namespace `story` and no more. */
const setUp = `
apiVersion: v1
kind: Namespace
metadata: { name: story }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: viewer, namespace: story }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view }
subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: User, name: viewer }]
`;

export interface UpstreamApi extends PlayedApi {
  /** kubectl changes something: a chapter. */
  kubectl(...args: readonly string[]): Promise<void>;
}

/** Its contexts are in the home's kubeconfig: `upstream` and `viewer`, both in namespace `story`. */
export async function upstreamApi(home: TestHome): Promise<UpstreamApi> {
  const api = real ? await recordReal(real, home) : { ...(await replayApi(recording)), run: async () => {} };
  const cluster = { name: "upstream", cluster: { server: api.server } };
  const context = (name: string, user: string) => ({
    name,
    context: { cluster: "upstream", user, namespace: "story" },
  });
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [cluster],
    contexts: [context("upstream", "nobody"), context("viewer", "viewer")],
    users: [{ name: "viewer", user: { as: "viewer" } }],
    "current-context": "upstream",
  };
  writeFileSync(home.env.KUBECONFIG as string, JSON.stringify(config));
  return { ...api, kubectl: (...args) => api.act(() => api.run(args)) };
}

async function recordReal(kubeconfig: string, home: TestHome) {
  const { rest: config } = await resolveContext(await loadKubeconfig([kubeconfig]), "wherry-recorder");
  const rest = await createRestClient(config);
  const run = async (args: readonly string[], input?: string) => {
    const env = { KUBECONFIG: kubeconfig };
    succeeded(await home.kubectl("1.34", args, { env, ...(input ? { input } : {}) }), `kubectl ${args.join(" ")}`);
  };
  // No kubelet listens: upstream asks for logs there, and says what comes of it.
  const node = await joinNode({ rest, images });
  await run(["delete", "namespace", "story", "wherry-lesson", "--ignore-not-found"]);
  await run(["apply", "-f", "-"], setUp);
  const api = await recordApi(rest, recording);
  return {
    ...api,
    run,
    async close() {
      try {
        await api.close();
      } finally {
        await run(["delete", "namespace", "story"]);
        await node.leave();
        rest.close();
      }
    },
  };
}
