import fc from "fast-check";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { kubernetesYaml } from "./kubernetes-yaml.ts";
import { plainYaml } from "./plain-yaml.ts";

const byLibrary = (text: string): unknown => parse(text, kubernetesYaml);

const kubeconfig = `apiVersion: v1
kind: Config
# whom to ask
clusters:
- name: here
  cluster:
    certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUI=
    server: https://127.0.0.1:6443
contexts:
  - context:
      cluster: here
      user: system:admin

    name: admin@here
current-context: admin@here
preferences: {}
users:
- name: system:admin
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      args:
      - get-token
      - /etc/token
      command: aws
      env: null
      provideClusterInfo: false
`;

test("reads a kubeconfig as programs write it", () => {
  expect(plainYaml(kubeconfig)).toEqual(byLibrary(kubeconfig));
});

test.each([
  "a: 'b'",
  "a: 1",
  "a: yes",
  "a: b # c",
  "a: &b c",
  "a: |\n  b",
  "a: b\n  c",
  "a: b\n  c: d",
  "a:\n\tb: c",
  "a: b\na: c",
  "a: b\r\nc: d",
  "---\na: b",
  "a: é",
  "no: b",
  "- - a",
  "-  a",
  "a : b",
  "a: b:",
  "? a",
  "",
])("leaves %j to a library", (text) => {
  expect(plainYaml(text)).toBeUndefined();
});

test("whatever it reads, a library reads the same", () => {
  const piece = fc.constantFrom(
    ...["a:", "b-c:", "a: x", "b: /x/y.z", "name: u:v@w", "- x", "- a: x", "- b:", "-", "- - x", "# x", "", "x"],
    ...["a: true", "a: null", "- false", "a: {}", "- []", "a: No", "b: ~", "b: x y", "- x:", "a: x:", "y: x", "c: 0x1"],
    ...["a: -", "a: - x", "a: x - y", "c: =", "c: A=", "d: x#y", "d: x #y", "-a: x", "a.b/c: x", "e: .inf", "e: e5"],
  );
  const line = fc
    .tuple(fc.constantFrom(0, 0, 0, 0, 2, 2, 4, 1), piece)
    .map(([indent, text]) => " ".repeat(indent) + text);
  let read = 0;
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 7 }), (lines) => {
      const text = lines.join("\n");
      const value = plainYaml(text);
      if (value === undefined) return;
      read++;
      expect(value).toEqual(byLibrary(text));
    }),
    { numRuns: 20_000 },
  );
  expect(read).toBeGreaterThan(500);
});

test("what a library writes of words and constants, it reads back", () => {
  const leaf = fc.oneof(
    fc.constantFrom(true, false, null),
    fc
      .stringMatching(/^[a-z][a-z\d/.@:=+-]{2,20}[a-z\d]$/)
      .filter((text) => !/^(?:yes|off|true|false|null)$/.test(text)),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: "small" }, leaf, tie("list"), tie("mapping")),
    list: fc.array(fc.oneof(leaf, tie("mapping")), { maxLength: 4 }),
    mapping: fc.dictionary(fc.stringMatching(/^[a-m][a-z\d/.-]{0,8}[a-m]$/), tie("value"), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  }));
  const document = fc.dictionary(fc.stringMatching(/^[a-m]{3,6}$/), value, {
    minKeys: 1,
    maxKeys: 4,
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(document, (object) => {
      expect(plainYaml(stringify(object, { lineWidth: 0 }))).toEqual(object);
    }),
  );
});
