export * from "./addresses.ts";
export { createFabric, type Fabric } from "./fabric.ts";
export { createMachine, type Machine } from "./machine.ts";
export { removeNodeFiles } from "./userns.ts";
