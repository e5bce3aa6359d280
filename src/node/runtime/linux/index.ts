export { createLinuxRuntime, type LinuxRuntime } from "./runtime.ts";
