export type { BuildRunner } from "./build.ts";
export { createImageStore, type ImageStore } from "./image-store.ts";
export { directTransport, serveTransport, socketTransport } from "./transport.ts";
