// A load generator in a process of its own: N connections over TLS, each sending one request after the other.
import { fork } from "node:child_process";
import { Agent, request } from "node:https";
import { fileURLToPath } from "node:url";

/**
 * @param options connection (url, ca, cert, key), method, path, connections, seconds; body: text with {n} for a number
 * @returns requests per second, answers that were not 2xx, bytes of one answer
 */
export function load(options) {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    child.once("message", resolve);
    child.once("error", reject);
    child.once("exit", (code) => code && reject(new Error(`the load generator ended with exit code ${code}`)));
    child.send(options);
  });
}

async function run({ connection, method, path, body, connections, seconds }) {
  const url = new URL(connection.url);
  const agent = new Agent({ keepAlive: true, maxSockets: connections, ...connection });
  let number = 0;
  let done = 0;
  let failed = 0;
  let bytes = 0;
  const once = () =>
    new Promise((resolve) => {
      const text = body?.replaceAll("{n}", `${process.pid}-${number++}`);
      const headers =
        text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
      const req = request({ host: url.hostname, port: url.port, path, method, agent, headers }, (response) => {
        let size = 0;
        response.on("data", (chunk) => {
          size += chunk.length;
        });
        response.on("end", () => {
          if (response.statusCode >= 300) failed++;
          bytes = size;
          resolve();
        });
      });
      req.on("error", () => {
        failed++;
        resolve();
      });
      req.end(text);
    });
  const until = async (end) => {
    while (performance.now() < end) {
      await once();
      done++;
    }
  };
  const phase = async (length) => {
    const began = performance.now();
    done = 0;
    failed = 0;
    await Promise.all(Array.from({ length: connections }, () => until(began + length * 1000)));
    return done / ((performance.now() - began) / 1000);
  };
  await phase(Math.min(1, seconds / 2));
  const perSecond = await phase(seconds);
  agent.destroy();
  return { perSecond, failed, bytes };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.once("message", async (options) => {
    process.send(await run(options), () => process.disconnect());
  });
}
