import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { formatTime } from "../../base/clock.ts";
import type { RestClient } from "../../client/http/rest.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import { createTokenSource } from "./service-account-tokens.ts";

const pod = {
  metadata: { name: "web", namespace: "app", uid: "u" },
  spec: { serviceAccountName: "robot", containers: [] },
};

test("a token is asked for once, bound to the pod, and renewed in time", async () => {
  const clock = createVirtualClock();
  const asked: { path: string; body: unknown }[] = [];
  let works = true;
  const rest = {
    async send({ path, body }: { path: string; body: string }) {
      const request = JSON.parse(body);
      asked.push({ path, body: request });
      const answer = works
        ? {
            status: {
              token: `token ${asked.length}`,
              expirationTimestamp: formatTime(clock.now() + request.spec.expirationSeconds * 1000),
            },
          }
        : { kind: "Status", message: "no", reason: "Forbidden", code: 403 };
      return { status: works ? 201 : 403, headers: {}, body: Readable.from([Buffer.from(JSON.stringify(answer))]) };
    },
  } as unknown as RestClient;
  const token = createTokenSource(rest, clock);
  const get = (audience?: string) => token(pod, { expirationSeconds: 1000, ...(audience ? { audience } : {}) });

  expect(await get()).toBe("token 1");
  expect(asked[0]).toEqual({
    path: "/api/v1/namespaces/app/serviceaccounts/robot/token",
    body: {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: 1000, boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "web", uid: "u" } },
    },
  });
  await clock.advance(790_000);
  expect(await get()).toBe("token 1");
  expect(await get("vault")).toBe("token 2");
  await clock.advance(20_000);
  works = false;
  expect(await get()).toBe("token 1");
  works = true;
  expect(await get()).toBe("token 4");
  works = false;
  await clock.advance(2_000_000);
  await expect(get()).rejects.toThrow("failed to fetch token: no");
});
