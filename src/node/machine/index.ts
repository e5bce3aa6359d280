export * from "./addresses.ts";
export { type ContainerIds, containerIds, giveToContainers } from "./container-ids.ts";
export { createFabric, type Fabric } from "./fabric.ts";
export { type AgentOptions, type AgentProcess, createMachine, type Machine, type MachineOptions } from "./machine.ts";
export { chooseIdMap, containerIdBase, containerIdCount, type IdMap, removeNodeFiles } from "./userns.ts";
