// A load generator in a process of its own: N connections over TLS, each sending one HTTP/1.1 request after the other.
// It writes prepared bytes to the socket and reads no more of an answer than it must, to leave the cores to the server.
import { fork } from "node:child_process";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";

/** Milliseconds beyond the time asked for, after which a load is given up. */
const grace = 30_000;
const lastChunk = "\r\n0\r\n\r\n";

/**
 * @param options connection (url, ca, cert, key), method, path, connections, seconds; body: ASCII with {n} for a number
 * @returns requests per second, answers that were not 2xx, bytes of one answer's body
 */
export function load(options) {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const limit = setTimeout(() => child.kill("SIGKILL"), options.seconds * 1500 + grace);
    child.once("message", resolve);
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      clearTimeout(limit);
      if (code !== 0) reject(new Error(`the load generator ended: ${signal ?? `exit code ${code}`}`));
    });
    child.send(options);
  });
}

async function run({ connection, method, path, body, connections, seconds }) {
  const { host, hostname, port } = new URL(connection.url);
  const start = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\naccept: application/json\r\n`;
  let number = 0;
  const nextRequest = () => {
    if (body === undefined) return `${start}\r\n`;
    const text = body.replaceAll("{n}", `${process.pid}-${number++}`);
    return `${start}content-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text}`;
  };
  const total = { done: 0, failed: 0, bytes: 0 };
  let end = 0;

  const open = async () => {
    const socket = connect({ ...connection, host: hostname, port, ALPNProtocols: ["http/1.1"] });
    await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
    return socket.setNoDelay(true);
  };
  const drive = (socket) =>
    new Promise((resolve, reject) => {
      /** What has come of the head of an answer. */
      let head = "";
      /** Bytes of the body that have yet to come; undefined before the head is there. */
      let left;
      /** Of a body in chunks: its last bytes so far, by which its end is known. No JSON looks like that. */
      let tail;
      const send = () => socket.write(nextRequest(), "latin1");
      const receive = (chunk) => {
        let body = chunk;
        if (left === undefined) {
          head += chunk.latin1Slice();
          const headEnd = head.indexOf("\r\n\r\n");
          if (headEnd < 0) return;
          body = chunk.subarray(chunk.length - (head.length - headEnd - 4));
          const length = Number(/^content-length: (\d+)/im.exec(head)?.[1]);
          if (Number.isNaN(length) && !/^transfer-encoding: chunked/im.test(head))
            return reject(new Error(`an answer without its length: ${head}`));
          if (head[9] !== "2") total.failed++;
          left = Number.isNaN(length) ? Number.POSITIVE_INFINITY : length;
          tail = "";
          total.bytes = 0;
          head = "";
        }
        left -= body.length;
        total.bytes += body.length;
        if (left === Number.POSITIVE_INFINITY) {
          tail = (tail + body.latin1Slice(Math.max(0, body.length - lastChunk.length))).slice(-lastChunk.length);
          if (tail === lastChunk) left = 0;
        }
        if (left > 0) return;
        left = undefined;
        total.done++;
        if (performance.now() < end) return send();
        socket.off("data", receive).off("close", lost).off("error", reject);
        resolve();
      };
      const lost = () => reject(new Error("the server closed the connection"));
      socket.on("data", receive).on("close", lost).on("error", reject);
      send();
    });

  const sockets = await Promise.all(Array.from({ length: connections }, open));
  const phase = async (length) => {
    const began = performance.now();
    end = began + length * 1000;
    total.done = 0;
    total.failed = 0;
    await Promise.all(sockets.map(drive));
    return total.done / ((performance.now() - began) / 1000);
  };
  await phase(seconds / 4);
  const perSecond = await phase(seconds);
  for (const socket of sockets) socket.destroy();
  return { perSecond, failed: total.failed, bytes: total.bytes };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.once("message", async (options) => {
    process.send(await run(options), () => process.disconnect());
  });
}
