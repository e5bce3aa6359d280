export { createLinuxRuntime, type LinuxRuntime, type LinuxRuntimeOptions, type RunnableImages } from "./runtime.ts";
