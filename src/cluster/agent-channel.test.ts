import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { channelTo } from "./agent-channel.ts";

test("what is on its way to an agent that ends is over, also what waits for its turn; and so is what comes later", async () => {
  const program = 'process.on("message", () => {}); process.send("up")';
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const channel = channelTo(child);
  await once(child, "message");
  child.kill("SIGSTOP");
  const servers = await Promise.all(
    [1, 2, 3].map(async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const send = (id: string) => channel.send({ type: "listen", id, portId: "p" }, servers[0]);
  const sent = Promise.all(["1", "2", "3"].map(send));
  child.kill("SIGKILL");
  await once(child, "exit");
  await sent;
  await send("4");
  await channel.send({ type: "stop" });
  for (const server of servers) server.close();
  expect(child.signalCode).toBe("SIGKILL");
});
