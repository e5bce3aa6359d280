import { expect, test } from "vitest";
import { jsonPath } from "./jsonpath.ts";

const list = {
  kind: "List",
  items: [
    { metadata: { name: "a", labels: { "app.kubernetes.io/name": "x" } }, spec: { ports: [80, 81, 82], on: true } },
    { metadata: { name: "b", labels: {} }, spec: { ports: [90], on: false } },
  ],
};

test.each([
  ["{.kind}", "List"],
  [".kind", "List"],
  ["kind", "List"],
  ["{.items[*].metadata.name}", "a b"],
  ["{.items[0].spec.ports}", "[80,81,82]"],
  ["{.items[-1:].metadata.name}", "b"],
  ["{.items[0].spec.ports[0,2]}", "80 82"],
  ["{.items[0].spec.ports[1:]}", "81 82"],
  ["{.items[0].metadata.labels.app\\.kubernetes\\.io/name}", "x"],
  ["{.items[0].metadata.labels['app.kubernetes.io/name']}", "x"],
  ['{.items[?(@.metadata.name=="b")].spec.ports[0]}', "90"],
  ["{.items[?(@.spec.on==true)].metadata.name}", "a"],
  ['{range .items[*]}{.metadata.name}{"\\t"}{.spec.ports[0]}{"\\n"}{end}', "a\t80\nb\t90\n"],
  ["{..name}", "a b"],
  ["{.missing}", ""],
  ["name: {.items[1].metadata.name}!", "name: b!"],
  ["{$.kind}", "List"],
])("%s", (template, expected) => {
  expect(jsonPath(template, list)).toBe(expected);
});

test.each(["{.items[", "{range .items[*]}", "{end}", "{.items[x]}"])("malformed: %s", (template) => {
  expect(() => jsonPath(template, list)).toThrow(/error parsing jsonpath/);
});
