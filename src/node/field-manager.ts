/** In whose name the agent writes: upstream's, since tools look for it in managedFields. */
export const fieldManager = "kubelet";
