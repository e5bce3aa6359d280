import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer, rootCertificates, type Server } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock as clock, systemRandom as random } from "../../base/clock.ts";
import { makeAuthority, makeLeaf } from "../../server/pki/certificates.ts";
import { readRoots, systemRoots } from "./system-roots.ts";

const dir = mkdtempSync(join(tmpdir(), "wherry-roots-"));
/** PEM without the line's end behind it. */
let [one, two, three] = ["", "", ""];
/** Proves who it is with a certificate of the first. */
let server: Server;

const path = (name: string) => join(dir, name);
function file(name: string, ...lines: readonly string[]): string {
  mkdirSync(join(path(name), ".."), { recursive: true });
  writeFileSync(path(name), `${lines.join("\n")}\n`);
  return path(name);
}
const nowhere = path("nowhere");

beforeAll(async () => {
  const authorities = await Promise.all([1, 2, 3].map(() => makeAuthority({ clock, random })));
  [one = "", two = "", three = ""] = authorities.map(({ cert }) => cert.trim());
  const [first = { cert: "", key: "" }] = authorities;
  const hosts = ["127.0.0.1"];
  server = createServer(await makeLeaf(first, { commonName: "s", use: "server", hosts }, { clock, random }), (socket) =>
    socket.end(),
  );
  server.on("tlsClientError", () => {});
  file("a/named-as-it-likes", two);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Why Node.js does not trust the server with these roots; undefined when it does. */
const distrust = (roots: readonly string[]): Promise<string | undefined> =>
  new Promise((resolve) => {
    const { port } = server.address() as AddressInfo;
    const socket = connect({ host: "127.0.0.1", port, ca: [...roots] }, () => {
      resolve(undefined);
      socket.destroy();
    });
    socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code));
  });

test("SSL_CERT_FILE and SSL_CERT_DIR name other places; all of a directory counts, links within it do not", () => {
  const inFile = file("file.pem", one);
  file("b/c/below", three);
  file("b/d.pem", three);
  symlinkSync("gone-by-now", path("b/alias"));
  symlinkSync(path("a/named-as-it-likes"), path("b/link"));
  const roots = (SSL_CERT_FILE: string, SSL_CERT_DIR: string) => systemRoots({ SSL_CERT_FILE, SSL_CERT_DIR });
  expect(roots(inFile, nowhere)).toEqual([one]);
  expect(roots(nowhere, path("a"))).toEqual([two]);
  expect(roots(inFile, `${nowhere}:${path("a")}::${path("b")}`)).toEqual([one, two, three]);
  mkdirSync(path("hashed"));
  symlinkSync("../file.pem", path("hashed/elsewhere"));
  symlinkSync("elsewhere", path("hashed/alias"));
  expect(roots(nowhere, path("hashed"))).toEqual([one]);
});

test("places that are named are believed to hold none; a system without any has those of Node.js", async () => {
  const none = systemRoots({ SSL_CERT_FILE: file("none.pem", "nothing"), SSL_CERT_DIR: nowhere });
  expect(none).toEqual([]);
  expect(await distrust(none)).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  const places = { files: [nowhere, path("none.pem"), file("later.pem", one)], directories: [nowhere] };
  expect(readRoots({}, places)).toEqual(rootCertificates);
  expect(readRoots({}, { ...places, files: places.files.filter((name) => name !== path("none.pem")) })).toEqual([one]);
  const all = { ...places, directories: [nowhere, path("a")] };
  expect(readRoots({}, all)).toEqual([two]);
  expect(readRoots({ SSL_CERT_FILE: path("later.pem") }, all)).toEqual([one, two]);
  expect(readRoots({ SSL_CERT_DIR: nowhere }, all)).toEqual([]);
});

test("NODE_EXTRA_CA_CERTS adds to them", async () => {
  const extra = file("extra.pem", two, one);
  const roots = systemRoots({ SSL_CERT_FILE: file("own.pem", one), SSL_CERT_DIR: nowhere, NODE_EXTRA_CA_CERTS: extra });
  expect(roots).toEqual([one, two]);
  expect(systemRoots({ NODE_EXTRA_CA_CERTS: nowhere })).toEqual(systemRoots({}));
  expect(systemRoots({ NODE_EXTRA_CA_CERTS: extra })).toEqual([...systemRoots({}), two, one]);
});

test("comments, broken and repeated certificates and others than plain ones do not keep Node.js from the rest", async () => {
  const broken = ["-----BEGIN CERTIFICATE-----", "AAAA", "-----END CERTIFICATE-----"];
  const unended = ["-----BEGIN CERTIFICATE-----", "MIIB"];
  const withHeader = three.replace("\n", "\nProc-Type: 4,ENCRYPTED\n\n");
  const trusted = three.replace(/CERTIFICATE/g, "TRUSTED CERTIFICATE");
  const text = ["# Café", ...broken, "words", ...unended, one.replace(/\n/g, "\r\n"), withHeader, trusted, two, one];
  const roots = systemRoots({ SSL_CERT_FILE: file("mixed.pem", ...text), SSL_CERT_DIR: nowhere });
  expect(roots).toEqual([broken.join("\n"), one, two]);
  expect(await distrust(roots)).toBeUndefined();
  // What they are taken apart for.
  expect(await distrust([text.join("\n")])).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
});

test("they are read once for an environment", () => {
  const env = { SSL_CERT_FILE: file("changing.pem", one), SSL_CERT_DIR: nowhere };
  const before = systemRoots(env);
  file("changing.pem", two);
  expect(systemRoots({ ...env })).toBe(before);
  expect(systemRoots({ ...env, NODE_EXTRA_CA_CERTS: "" })).toEqual([two]);
});
