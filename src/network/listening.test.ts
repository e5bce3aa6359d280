import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePort } from "../../test/tools/free-port.ts";
import type { Pod, Service } from "../api/generated/types.ts";
import { systemClock } from "../base/clock.ts";
import { listens, servedPorts } from "./listening.ts";

const pod: Pod = {
  metadata: { namespace: "default", labels: { app: "web", tier: "front" } },
  spec: { containers: [{ name: "a", ports: [{ name: "http", containerPort: 8080 }] }] },
};
const service = (spec: Service["spec"], namespace = "default"): Service => ({ metadata: { namespace }, spec });

test("ports come from the Services that select the pod", () => {
  const selector = { app: "web" };
  const services = [
    service({ selector, ports: [{ port: 80, targetPort: "http" }, { port: 81 }] }),
    service({
      selector,
      ports: [
        { port: 82, targetPort: 8082 },
        { port: 53, protocol: "UDP" },
      ],
    }),
    service({ selector, ports: [{ port: 83, targetPort: "absent" }] }),
    service({ selector: { app: "other" }, ports: [{ port: 84 }] }),
    service({ selector, ports: [{ port: 85 }] }, "elsewhere"),
    service({ ports: [{ port: 86 }] }),
  ];
  expect(servedPorts(pod, services)).toEqual([8080, 81, 8082]);
});

test("waits until something listens", async () => {
  const port = await freePort();
  expect(await listens("127.0.0.1", port, 50, systemClock)).toBe(false);
  const answer = listens("127.0.0.1", port, 30_000, systemClock);
  const server = createServer((socket) => socket.on("error", () => {})).listen(port, "127.0.0.1");
  expect(await answer).toBe(true);
  server.close();
});
