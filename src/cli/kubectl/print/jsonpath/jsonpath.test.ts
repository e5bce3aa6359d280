import { expect, test } from "vitest";
import { jsonPathPrinter } from "./print.ts";

const jsonPath = (template: string, value: unknown): string => jsonPathPrinter(template)(value);

const list = {
  kind: "List",
  items: [
    { metadata: { name: "a", labels: { "app.kubernetes.io/name": "x" } }, spec: { ports: [80, 81, 82], on: true } },
    { metadata: { name: "b", labels: {} }, spec: { ports: [90], on: false } },
  ],
};

test.each([
  ["{.kind}", "List"],
  [".kind", ".kind"],
  ["kind", "kind"],
  ["{.items[*].metadata.name}", "a b"],
  ["{.items[0].spec.ports}", "[80,81,82]"],
  ["{.items[-1:].metadata.name}", "b"],
  ["{.items[0].spec.ports[0,2]}", "80 82"],
  ["{.items[0].spec.ports[1:]}", "81 82"],
  ["{.items[0].metadata.labels.app\\.kubernetes\\.io/name}", "x"],
  ["{.items[0].metadata.labels['app\\.kubernetes\\.io/name']}", "x"],
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

test.each(["{.items[", "{.items[x]}", "{!}", "{'a"])("malformed: %s", (template) => {
  expect(() => jsonPath(template, list)).toThrow(/error parsing jsonpath/);
});

test.each([
  ["{end}", "not in range, nothing to end"],
  ["{.items[5]}", "array index out of bounds: index 5, length 2"],
  ["{nothing}", "unrecognized identifier nothing"],
])("does not fit: %s", (template, why) => {
  expect(() => jsonPath(template, list)).toThrow(`Error executing template: ${why}.`);
});
