export type { BuildOptions, BuildRunner, BuildStep, StepResult } from "./build.ts";
export { createImageStore, type ImageStore, type ImageStoreOptions } from "./image-store.ts";
export type { LoadedImage } from "./load.ts";
export { formatReference, normalise, parseReference, type Reference } from "./reference.ts";
export {
  directTransport,
  type PullRequest,
  type PullResponse,
  type PullTransport,
  serveTransport,
  socketTransport,
} from "./transport.ts";
