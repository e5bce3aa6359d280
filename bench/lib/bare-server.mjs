// The comparator of GET and LIST: a TLS server of Node.js that sends the same bytes and does nothing else.
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";

const { cert, key, ca, file } = JSON.parse(process.argv[2]);
const body = readFileSync(file);
const server = createSecureServer({ allowHTTP1: true, cert, key, ca, requestCert: true }, (_, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
  response.end(body);
});
server.listen(0, "127.0.0.1", () => process.send(server.address().port));
process.on("disconnect", () => process.exit(0));
