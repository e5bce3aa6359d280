import { createServer } from "node:net";
import { systemRandom } from "../../src/base/clock.ts";

/** Those that no system gives away by itself, and that are no node ports: whoever else listens here was told to. */
const [first, last] = [20_000, 29_999];

/** A TCP port of 127.0.0.1 at which nobody listens; to be listened at later, perhaps more than once. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = first + Math.floor(systemRandom.next() * (last - first + 1));
    const server = createServer();
    const listens = await new Promise<boolean>((resolve) =>
      server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true)),
    );
    if (!listens) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
