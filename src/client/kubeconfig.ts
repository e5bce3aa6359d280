/** kubeconfig: who uses it asks here. */
export { kubeconfigPaths, loadKubeconfig } from "./kubeconfig/files.ts";
export { parseKubeconfig } from "./kubeconfig/parse.ts";
export { type ResolvedContext, resolveContext } from "./kubeconfig/resolve.ts";
export { type Kubeconfig, KubeconfigError } from "./kubeconfig/types.ts";
