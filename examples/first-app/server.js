// A small HTTP server that names its version and its pod.
import { createServer } from "node:http";
import { hostname } from "node:os";

const version = process.env.APP_VERSION ?? "unknown";
const port = Number(process.env.PORT ?? 8080);

const server = createServer((request, response) => {
  if (request.url === "/healthz") return response.end("ok\n");
  response.setHeader("content-type", "text/plain; charset=utf-8");
  response.setHeader("connection", "close");
  response.end(`first-app version ${version} on ${hostname()}\n`);
});

server.listen(port, () => console.log(`first-app version ${version} listens on port ${port}`));

// A polite end: finish what is being answered, take nothing new.
process.on("SIGTERM", () => {
  console.log("SIGTERM: finishing");
  server.close(() => process.exit(0));
});
