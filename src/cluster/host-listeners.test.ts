import { expect, test } from "vitest";
import type { ToAgent } from "../network/host/protocol.ts";
import { type AgentChannel, createHostListeners } from "./host-listeners.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function handedOver() {
  const sent: ToAgent[] = [];
  const agent: AgentChannel = { send: async (message) => void sent.push(message) };
  const pool = createHostListeners(() => {});
  await pool.attach(agent);
  const port = await pool.open("127.0.0.1", 0, "default/web:80");
  const id = `127.0.0.1:${port}`;
  let closed = false;
  const closing = pool.close("127.0.0.1", port).then(() => {
    closed = true;
  });
  await turn();
  return { pool, agent, id, sent, closing, isClosed: () => closed };
}

test("a listener is closed when the agent that has it says so: its port can be opened again then", async () => {
  const { pool, id, sent, closing, isClosed } = await handedOver();
  expect(sent.map((message) => message.type)).toEqual(["listen", "close"]);
  expect(isClosed()).toBe(false);
  pool.closed(id);
  await closing;
});

test("an agent that ends takes its listeners with it", async () => {
  const { pool, agent, closing, isClosed } = await handedOver();
  expect(isClosed()).toBe(false);
  await pool.detach(agent);
  await closing;
});

test("a listener on its way to an agent that ends is listened at again, for the next agent", async () => {
  const lost: string[] = [];
  const pool = createHostListeners((address) => lost.push(address));
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  let isSent = () => {};
  const isOnItsWay = new Promise<void>((resolve) => {
    isSent = resolve;
  });
  const send = () => {
    isSent();
    return ended;
  };
  const dying: AgentChannel = { send };
  await pool.attach(dying);
  const opening = pool.open("127.0.0.1", 0, "default/web:80");
  await isOnItsWay;
  const detaching = pool.detach(dying);
  await turn();
  end();
  await detaching;
  const port = await opening;
  const sent: ToAgent[] = [];
  await pool.attach({ send: async (message) => void sent.push(message) });
  expect(lost).toEqual([]);
  expect(sent).toEqual([{ type: "listen", id: `127.0.0.1:${port}`, portId: "default/web:80" }]);
  await pool.closeAll();
});
