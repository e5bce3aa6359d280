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
