// The comparator of GET and LIST: the plainest TLS server that Node.js has, which sends the same bytes and does no more.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";

const { cert, key, ca, file } = JSON.parse(process.argv[2]);
const body = readFileSync(file);
const headers = { "content-type": "application/json", "content-length": body.length };
const server = createServer({ cert, key, ca, requestCert: true, keepAliveTimeout: 60_000 }, (_, response) => {
  response.writeHead(200, headers);
  response.end(body);
});
server.listen(0, "127.0.0.1", () => process.send(server.address().port));
process.on("disconnect", () => process.exit(0));
