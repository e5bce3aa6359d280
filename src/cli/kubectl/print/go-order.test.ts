import { expect, test } from "vitest";
import { inGoOrder } from "./go-order.ts";

test("fields come in the order of their Go types; maps are sorted", () => {
  const object = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { labels: { b: "2", a: "1" }, name: "web" },
    spec: {
      template: {
        spec: {
          containers: [{ image: "i", args: ["x"], name: "web", env: [{ value: "v", name: "n" }] }],
          volumes: [{ emptyDir: {}, name: "v" }],
        },
      },
      selector: {},
      replicas: 1,
    },
  };
  expect(JSON.stringify(inGoOrder(object))).toBe(
    '{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"web","labels":{"a":"1","b":"2"}},"spec":{"replicas":1,"selector":{},"template":{"spec":{"volumes":[{"name":"v","emptyDir":{}}],"containers":[{"name":"web","image":"i","args":["x"],"env":[{"name":"n","value":"v"}]}]}}}}',
  );
});

test("a kind that is not built in stays as it is", () => {
  const object = { spec: { b: 1, a: 2 }, kind: "Boat", apiVersion: "example.com/v1" };
  expect(inGoOrder(object)).toBe(object);
});
