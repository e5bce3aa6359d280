import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { createSeededRandom, createVirtualClock } from "../../testing/virtual-clock.ts";
import { Picker } from "../picker.ts";
import type { Backend } from "../proxy.ts";
import { listenUdp } from "./udp.ts";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function socket(): Promise<Socket & { readonly at: Backend }> {
  const made = createSocket("udp4");
  made.bind(0, "127.0.0.1");
  await once(made, "listening");
  ends.push(() => made.close());
  return Object.assign(made, { at: { ip: "127.0.0.1", port: made.address().port } });
}

/** Says its name to whoever asks. */
async function named(name: string) {
  const made = await socket();
  made.on("message", (_, from) => made.send(name, from.port, from.address));
  return made.at;
}

async function freePort(): Promise<number> {
  const probe = createSocket("udp4");
  probe.bind(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  return port;
}

test("a client that goes on talking is led to another backend when its own has gone", async () => {
  const clock = createVirtualClock();
  const picker = new Picker(clock, createSeededRandom(1));
  const [first, second] = [await named("first"), await named("second")];
  const port = await freePort();
  picker.update([first], undefined);
  const service = {
    id: "default/dns:53",
    protocol: "UDP",
    clusterIP: "127.0.0.1",
    port,
    backends: [],
    drop: false,
  } as const;
  ends.push(await listenUdp(service, picker, clock));
  const client = await socket();
  const ask = async () => {
    const answer = once(client, "message");
    client.send("who?", port, "127.0.0.1");
    return String((await answer)[0]);
  };
  expect(await ask()).toBe("first");
  picker.update([first, second], undefined);
  expect(await ask()).toBe("first");
  picker.update([second], undefined);
  expect(await ask()).toBe("second");
  expect(await ask()).toBe("second");
});
