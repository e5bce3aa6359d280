import { execFileSync } from "node:child_process";
import { afterEach, expect, test } from "vitest";
import { restoreEnvironment, withoutCertificates } from "./certificate-files.ts";

const own = process.env;
afterEach(() => {
  process.env = own;
});

const given = {
  NODE_EXTRA_CA_CERTS: "/a b/extra.crt",
  SSL_CERT_FILE: "/roots.crt",
  SSL_CERT_DIR: "/roots",
  OTHER: "1",
};

test("what Node.js would read has another name, until the process restores its environment", () => {
  const { flags, env } = withoutCertificates(given);
  expect(flags).toEqual(["--use-openssl-ca"]);
  expect(env).toEqual({
    WHERRY_NODE_EXTRA_CA_CERTS: given.NODE_EXTRA_CA_CERTS,
    WHERRY_SSL_CERT_FILE: given.SSL_CERT_FILE,
    SSL_CERT_DIR: given.SSL_CERT_DIR,
    OTHER: "1",
  });
  process.env = env;
  restoreEnvironment();
  expect(process.env).toEqual(given);
  // Who is started by it sees the same.
  const lines = execFileSync("/usr/bin/env", { encoding: "utf8" }).trim().split("\n");
  expect(Object.fromEntries(lines.map((line) => line.split("=")))).toEqual(given);
});

test("without such files the environment is as it is, and stays Node.js's own", () => {
  const plain = { OTHER: "1", SSL_CERT_FILE: "" };
  expect(withoutCertificates(plain).env).toEqual(plain);
  restoreEnvironment();
  expect(process.env).toBe(own);
});

test.each(["--use-bundled-ca", "--use-openssl-ca --no-warnings", "--use-system-ca"])(
  "NODE_OPTIONS=%s stands",
  (chosen) => {
    const env = { ...given, NODE_OPTIONS: chosen };
    expect(withoutCertificates(env)).toEqual({ flags: [], env });
  },
);

test("other options in NODE_OPTIONS change nothing", () => {
  expect(withoutCertificates({ NODE_OPTIONS: "--max-old-space-size=200" }).flags).toEqual(["--use-openssl-ca"]);
});
