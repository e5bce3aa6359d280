import { expect, test } from "vitest";
import { parseDuration } from "../../base/duration.ts";
import { decodeObject, decodePatch } from "./body.ts";
import { parseRequestInfo } from "./info.ts";
import { negotiateAnswer, wantsPretty } from "./negotiate.ts";
import { deleteOptions, managerOfUserAgent, nameOfFieldSelector, Query, writeOptions } from "./query.ts";
import { parseYaml } from "./yaml.ts";

const info = (method: string, url: string) => {
  const [path = "", search = ""] = url.split("?");
  const query = Query.parse(search);
  return parseRequestInfo(
    method,
    path,
    () => query.flag("watch"),
    () => nameOfFieldSelector(query.text("fieldSelector")),
  );
};

test.each([
  ["GET", "/api/v1/namespaces/a/pods", { verb: "list", namespace: "a", resource: "pods", name: "" }],
  ["GET", "/api/v1/pods?watch=1", { verb: "watch", namespace: "", resource: "pods" }],
  ["GET", "/api/v1/namespaces/a/pods/b", { verb: "get", name: "b" }],
  ["GET", "/api/v1/namespaces/a/pods/b/log", { verb: "get", name: "b", subresource: "log" }],
  ["GET", "/api/v1/namespaces/a", { verb: "get", resource: "namespaces", name: "a", namespace: "a" }],
  ["PUT", "/api/v1/namespaces/a/finalize", { resource: "namespaces", name: "a", subresource: "finalize" }],
  ["GET", "/apis/apps/v1/deployments?fieldSelector=metadata.name%3Dx", { verb: "list", group: "apps", name: "x" }],
  ["DELETE", "/apis/apps/v1/namespaces/a/deployments", { verb: "deletecollection", name: "" }],
  ["GET", "/api/v1/watch/namespaces/a/pods", { verb: "watch", namespace: "a", resource: "pods" }],
  ["POST", "/api/v1/namespaces/a/pods/b/proxy/x/y", { verb: "create", subresource: "proxy", rest: ["x", "y"] }],
])("%s %s", (method, url, expected) => {
  expect(info(method, url)).toMatchObject({ isResource: true, ...expected });
});

test("what is not a resource", () => {
  for (const path of ["/", "/api", "/api/v1", "/apis", "/apis/apps/v1", "/livez"]) {
    expect(info("GET", path)).toEqual({ isResource: false, verb: "get", path });
  }
});

test("negotiates tables as kubectl asks for them", () => {
  const accept =
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
  expect(negotiateAnswer(accept).as).toEqual({ kind: "Table", version: "v1" });
  expect(negotiateAnswer(accept, false).as).toBeUndefined();
  expect(negotiateAnswer("application/vnd.kubernetes.protobuf, */*").format).toBe("json");
  expect(negotiateAnswer("application/yaml").contentType).toBe("application/yaml");
  expect(() => negotiateAnswer("application/vnd.kubernetes.protobuf")).toThrow(
    "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml",
  );
  const only = "only the following media types are accepted: application/json, application/yaml";
  expect(() => negotiateAnswer("application/vnd.kubernetes.protobuf", false, false)).toThrow(only);
  expect(() => negotiateAnswer("application/json;as=Odd;v=v1;g=meta.k8s.io")).toThrow(only);
});

test("pretty for people only", () => {
  expect(wantsPretty(undefined, "curl/8.1")).toBe(true);
  expect(wantsPretty(undefined, "kubectl/v1.34")).toBe(false);
  expect(wantsPretty("false", "curl/8.1")).toBe(false);
});

test("write options are checked in upstream's words", () => {
  const write = (query: string, kind: "CreateOptions" | "PatchOptions" = "CreateOptions", apply = false) =>
    writeOptions(Query.parse(query), "kubectl/v1.34.5 (linux/amd64)", kind, apply);
  expect(write("")).toEqual({ dryRun: false, fieldManager: "kubectl", fieldValidation: "Warn" });
  expect(write("dryRun=All&fieldManager=me&fieldValidation=Strict")).toMatchObject({
    dryRun: true,
    fieldManager: "me",
  });
  expect(() => write("dryRun=Some")).toThrow(
    'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: "Some": supported values: "All"',
  );
  expect(() => write("fieldValidation=Maybe")).toThrow('supported values: "", "Ignore", "Strict", "Warn"');
  expect(() => write("force=true", "PatchOptions")).toThrow("may not be specified for non-apply patch");
  expect(() => write("", "PatchOptions", true)).toThrow("fieldManager: Required value: is required for apply patch");
  expect(managerOfUserAgent(undefined)).toBe("unknown");
});

test("delete options come from the body, or else from the query", () => {
  expect(deleteOptions(Query.parse("propagationPolicy=Orphan&gracePeriodSeconds=3"), undefined)).toEqual({
    dryRun: false,
    propagationPolicy: "Orphan",
    gracePeriodSeconds: 3,
  });
  expect(deleteOptions(Query.parse("propagationPolicy=Orphan"), { dryRun: ["All"] })).toEqual({ dryRun: true });
  expect(() => deleteOptions(Query.parse("propagationPolicy=Sideways"), undefined)).toThrow("Unsupported value");
  expect(() => Query.parse("limit=x").integer("limit")).toThrow('strconv.ParseInt: parsing "x": invalid syntax');
});

test("Go durations", () => {
  expect(parseDuration("1m30s")).toBe(90_000);
  expect(parseDuration("32s")).toBe(32_000);
  expect(parseDuration("soon")).toBeUndefined();
});

test("YAML as Kubernetes reads it", async () => {
  const text = "a: yes\nb: 2001-01-01\nc: 012\nd: 12:30:45\ne: 'x'\nf: 1e3\nlabels:\n  k: 1\n  k: 2\n";
  expect(await parseYaml(text)).toEqual({
    value: { a: true, b: "2001-01-01", c: 10, d: "12:30:45", e: "x", f: 1000, labels: { k: 2 } },
    duplicates: ['line 9: key "k" already set in map'],
  });
  expect(await parseYaml("a: [1")).toHaveProperty("error");
});

test("a body of YAML may begin as JSON does, and what follows its first value is not read", async () => {
  const map = { kind: "ConfigMap", metadata: { name: "a" } };
  for (const text of [
    "{kind: ConfigMap, metadata: {name: a}}",
    `${JSON.stringify(map)}}}`,
    "kind: ConfigMap\nmetadata: {name: a}\n...",
  ])
    expect((await decodeObject(Buffer.from(text), "application/yaml", "ConfigMap")).value).toEqual(map);
  const patch = await decodePatch(Buffer.from("{metadata: {name: a}}"), "application/apply-patch+yaml");
  expect(patch.value).toEqual({ metadata: { name: "a" } });
});
