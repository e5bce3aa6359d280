/**
 * Addresses of the nodes that share one machine. Every address lives inside namespaces that wherry made; none of them
 * reaches the host's routes, so it does not matter what the host uses them for.
 */

/** Where a pod's default route points; every node answers for it on its own end of the pod's link. */
export const podGateway = "169.254.1.1";
/** Where a node's routes to its neighbours point; the fabric answers for it. */
export const fabricGateway = "169.254.1.2";
/** Range of the node addresses (`status.addresses[InternalIP]`): node 0 has 100.64.0.1. */
export const nodeRange = "100.64.0.0/22";
/** Range of all pods. */
export const clusterCIDR = "10.244.0.0/16";
/** Range of Service addresses. */
export const serviceCIDR = "10.96.0.0/12";
/** Nodes that fit in {@link clusterCIDR}. */
const maxNodes = 256;

const checkIndex = (index: number) => {
  if (!Number.isInteger(index) || index < 0 || index >= maxNodes)
    throw new RangeError(`node index ${index} is not between 0 and ${maxNodes - 1}`);
  return index;
};

export const nodeAddress = (index: number) => {
  const host = checkIndex(index) + 1;
  return `100.64.${host >> 8}.${host & 255}`;
};

export const podCIDR = (index: number) => `10.244.${checkIndex(index)}.0/24`;
