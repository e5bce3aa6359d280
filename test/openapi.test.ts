/** The real kubectl reads our OpenAPI documents and sends us protobuf: against a server that has nothing else. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { KubeObject } from "../src/api/kind.ts";
import { builtinResources } from "../src/api/schema/resources.ts";
import { createOpenApi } from "../src/server/openapi/openapi.ts";
import type { OpenApiResource } from "../src/server/openapi/resource.ts";
import { decodeProtobuf } from "../src/server/protobuf/decode.ts";
import { encodeProtobuf } from "../src/server/protobuf/encode.ts";
import { kubectl, kubectlVersions } from "./tools/clients.ts";

const run = promisify(execFile);
const protobufType = "application/vnd.kubernetes.protobuf";
// Clients ask for it with an @, which is no media type, and get it with a dot.
const v2ProtobufType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

const served: OpenApiResource[] = builtinResources()
  .filter(({ version, listKind }) => version === "v1" && listKind)
  .map(({ group, version, schemaType, kind, listKind = "", plural, namespaced, verbs, subresources }) => ({
    group,
    version,
    schemaType,
    kind: {
      kind,
      listKind,
      plural,
      namespaced,
      verbs,
      ...(subresources.some((s) => s.name === "status") ? { status: {} } : {}),
      ...(subresources.some((s) => s.name === "scale") ? { scale: {} } : {}),
    },
  }));
const openapi = createOpenApi(served);

const groups = [...new Set(served.map((r) => r.group))].filter((group) => group);
const versionOf = (group: string) => ({ groupVersion: `${group}/v1`, version: "v1" });
const resourceList = (group: string) => ({
  kind: "APIResourceList",
  apiVersion: "v1",
  groupVersion: group ? `${group}/v1` : "v1",
  resources: served
    .filter((r) => r.group === group)
    .map(({ kind }) => ({
      name: kind.plural,
      singularName: kind.kind.toLowerCase(),
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs: kind.verbs,
    })),
});

/** Objects that kubectl wrote, decoded. */
const written: { method: string; url: string; type: string; object: KubeObject }[] = [];
const documentsAsked: string[] = [];

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

let server: Server;
let address: string;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wherry-openapi-"));
  server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://localhost");
    const answer = (body: object | Uint8Array | undefined, type = "application/json") => {
      response.writeHead(body ? 200 : 404, { "content-type": type });
      response.end(body instanceof Uint8Array ? body : JSON.stringify(body ?? { kind: "Status", code: 404 }));
    };
    if (pathname.startsWith("/openapi/")) documentsAsked.push(pathname);
    if (pathname === "/openapi/v3") return answer(openapi.v3Index());
    if (pathname.startsWith("/openapi/v3/")) return answer(openapi.v3Document(pathname.slice("/openapi/v3/".length)));
    if (pathname === "/openapi/v2") {
      return request.headers.accept?.includes("proto-openapi.spec.v2@")
        ? answer(openapi.v2Protobuf(), v2ProtobufType)
        : answer(openapi.v2Json());
    }
    if (pathname === "/version") return answer({ major: "1", minor: "34", gitVersion: "v1.34.0" });
    if (pathname === "/api") return answer({ kind: "APIVersions", versions: ["v1"] });
    if (pathname === "/apis") {
      const list = groups.map((name) => ({ name, versions: [versionOf(name)], preferredVersion: versionOf(name) }));
      return answer({ kind: "APIGroupList", apiVersion: "v1", groups: list });
    }
    if (pathname === "/api/v1") return answer(resourceList(""));
    const group = /^\/apis\/([^/]+)\/v1$/.exec(pathname)?.[1];
    if (group) return answer(resourceList(group));
    const type = request.headers["content-type"] ?? "";
    const body = await bodyOf(request);
    if (request.method !== "POST") return answer(undefined);
    const object = type === protobufType ? decodeProtobuf(body) : (JSON.parse(body.toString()) as KubeObject);
    written.push({ method: request.method, url: request.url ?? "", type, object });
    if (request.headers.accept?.includes(protobufType)) return answer(encodeProtobuf(object), protobufType);
    return answer(object);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const options = { env: { PATH: "/usr/bin", HOME: "/nonexistent", KUBECONFIG: "/dev/null" } };
const call = async (version: (typeof kubectlVersions)[number], ...args: string[]) => {
  const cache = ["--cache-dir", join(folder, version)];
  return (await run(kubectl(version), ["--server", address, ...cache, ...args], options)).stdout;
};
const file = (object: object): string => {
  const path = join(folder, "object.json");
  writeFileSync(path, JSON.stringify(object));
  return path;
};

const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "a", image: "b" }] } },
  },
};

describe.each(kubectlVersions)("kubectl %s", (version) => {
  test("explain describes kinds and fields", async () => {
    const text = await call(version, "explain", "deployments.spec.strategy.rollingUpdate");
    expect(text).toMatch(/^GROUP: {6}apps\nKIND: {7}Deployment\nVERSION: {4}v1\n/);
    expect(text).toContain("FIELD: rollingUpdate <RollingUpdateDeployment>");
    expect(text).toContain("  maxSurge\t<IntOrString>\n    The maximum number of pods that can be scheduled above");
    const pod = await call(version, "explain", "pod.spec.containers.resources", "--recursive");
    expect(pod).toContain("limits\t<map[string]Quantity>");
    expect(await call(version, "explain", "pod.metadata")).toContain("creationTimestamp\t<string>");
    expect(await call(version, "explain", "pod.spec.containers")).toContain("name\t<string> -required-");
  });

  test("explain reads the v2 document too, in protobuf", async () => {
    documentsAsked.length = 0;
    const text = await call(version, "explain", "deployments.spec", "--output=plaintext-openapiv2");
    expect(documentsAsked).toContain("/openapi/v2");
    expect(text).toContain("   replicas\t<integer>\n     Number of desired pods.");
    expect(text).toContain("   selector\t<Object> -required-");
    expect(text).toContain("   template\t<Object> -required-");
  });

  test("create asks whether the server validates, and sends an object", async () => {
    documentsAsked.length = 0;
    written.length = 0;
    await call(version, "create", "-f", file(deployment));
    expect(documentsAsked).toContain("/openapi/v3/apis/apps/v1");
    expect(written).toHaveLength(1);
    expect(written[0]?.url).toContain("fieldValidation=Strict");
    expect(written[0]?.object).toMatchObject(deployment);
  });

  test("generators send what the JSON form would be", async () => {
    written.length = 0;
    await call(version, "create", "deployment", "web", "--image=nginx", "--replicas=0", "--port=80");
    await call(version, "create", "secret", "generic", "s", "--from-literal=a=hello");
    await call(version, "create", "service", "clusterip", "svc", "--tcp=80:http");
    expect(written.map(({ object }) => object)).toMatchObject([
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "web", labels: { app: "web" } },
        spec: {
          replicas: 0,
          selector: { matchLabels: { app: "web" } },
          template: { spec: { containers: [{ name: "nginx", image: "nginx", ports: [{ containerPort: 80 }] }] } },
        },
      },
      { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, data: { a: "aGVsbG8=" } },
      {
        apiVersion: "v1",
        kind: "Service",
        spec: { ports: [{ name: "80-http", port: 80, protocol: "TCP", targetPort: "http" }], type: "ClusterIP" },
      },
    ]);
    if (version !== "1.32") expect(written.map(({ type }) => type)).toContain(protobufType);
  });
});
