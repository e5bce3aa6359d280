// Just enough of a client for the benchmarks. No request takes longer than a minute, no watch longer than it is told.
import { Agent, request } from "node:https";
import { TookTooLong } from "./report.mjs";

const longest = 60_000;

export function client(connection) {
  const { hostname, port } = new URL(connection.url);
  const agent = new Agent({ keepAlive: true, ...connection });
  const open = (method, path, body, limit = longest) =>
    new Promise((resolve, reject) => {
      const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
      const headers = body === undefined ? {} : { "content-type": type };
      const signal = AbortSignal.timeout(limit);
      const req = request({ hostname, port, path, method, agent, headers, signal }, resolve);
      req.once("error", reject);
      req.end(body === undefined ? undefined : JSON.stringify(body));
    });
  return {
    /** @throws TookTooLong when there is no answer within a minute */
    send: (method, path, body) =>
      within(longest, async () => {
        const response = await open(method, path, body);
        let text = "";
        for await (const chunk of response.setEncoding("utf8")) text += chunk;
        if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${text}`);
        return {
          text,
          get object() {
            return JSON.parse(text);
          },
        };
      }),
    /** @throws TookTooLong when it is not reached within `limit` milliseconds */
    watchUntil: (path, reached, limit) =>
      within(limit, async () => {
        const response = await open("GET", path, undefined, limit);
        let rest = "";
        for await (const chunk of response.setEncoding("utf8")) {
          const lines = (rest + chunk).split("\n");
          rest = lines.pop();
          for (const line of lines) if (line && reached(JSON.parse(line))) return void response.destroy();
        }
        throw new Error(`the watch of ${path} ended before what it waited for`);
      }),
    close: () => agent.destroy(),
  };
}

/** Whatever a request fails with once its time is up, that is why. */
async function within(limit, work) {
  const began = performance.now();
  try {
    return await work();
  } catch (error) {
    throw performance.now() - began >= limit ? new TookTooLong(limit) : error;
  }
}
