/** New tokens of an identity provider go where the old ones were: into the kubeconfig that has the user. */
import type { Surroundings } from "../client/kubeconfig/resolve.ts";

/**
 * @param paths of the kubeconfig, in order of precedence
 * @param explicit is it the one file of `--kubeconfig`?
 */
export const keepTokens =
  (paths: readonly string[], explicit: boolean): NonNullable<Surroundings["persist"]> =>
  async (user, next) => {
    const [{ modifyKubeconfig }, { writeKubeconfigFile: write }] = await Promise.all([
      import("../client/kubeconfig/modify.ts"),
      import("./kubectl/print/kubeconfig.ts"),
    ]);
    await modifyKubeconfig({ paths, explicit, relativePaths: false, write }, ({ users = [] }) => {
      const provider = users.find(({ name }) => name === user)?.user["auth-provider"];
      if (provider) provider.config = next;
    });
  };
