export { createLinuxRuntime, type LinuxRuntimeOptions, type RunnableImages } from "./runtime.ts";
