/** Authorities that have one name: whoever trusts several finds the one that signed. */
import "reflect-metadata"; // @peculiar/x509 needs it, and first
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer, type TLSSocket } from "node:tls";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock, systemRandom } from "../../base/clock.ts";
import { makeAuthority } from "./certificates.ts";
import type { Credentials } from "./credentials.ts";
import { ensurePki } from "./pki.ts";

const makers = { clock: systemClock, random: systemRandom };

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "wherry-bundle-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Both sides show a certificate, and trust whom the bundle names. @returns what either says against the other's */
async function handshake(server: Credentials, client: Credentials, ca: string): Promise<(Error | null)[]> {
  const listener = createServer({ ...server, ca, requestCert: true, rejectUnauthorized: false });
  await once(listener.listen(0, "127.0.0.1"), "listening");
  const { port } = listener.address() as AddressInfo;
  const socket = connect({ host: "127.0.0.1", port, ...client, ca, rejectUnauthorized: false });
  const [[there]] = await Promise.all([once(listener, "secureConnection"), once(socket, "secureConnect")]);
  socket.destroy();
  listener.close();
  return [socket.authorizationError, (there as TLSSocket).authorizationError];
}

test("a bundle of two clusters' authorities vouches for the servers and clients of both", async () => {
  const [one, other] = await Promise.all([ensurePki(join(dir, "one"), makers), ensurePki(join(dir, "other"), makers)]);
  for (const bundle of [one.ca + other.ca, other.ca + one.ca])
    for (const { server, admin } of [one, other]) expect(await handshake(server, admin, bundle)).toEqual([null, null]);
});

const idOf = (cert: string) => {
  const certificate = new X509Certificate(cert);
  return {
    own: certificate.getExtension(SubjectKeyIdentifierExtension)?.keyId,
    authority: certificate.getExtension(AuthorityKeyIdentifierExtension)?.keyId,
  };
};

/** As wherry made them before: without a name for its key, or with one that somebody else chose. */
async function otherAuthority(keyId?: string): Promise<Credentials> {
  const { cert, key } = await makeAuthority(makers);
  const { subject, notBefore, notAfter, publicKey } = new X509Certificate(cert);
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const der = Buffer.from(key.replace(/-----[^-]+-----|\s/g, ""), "base64");
  const certificate = await X509CertificateGenerator.create({
    serialNumber: "01",
    subject,
    issuer: subject,
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    publicKey,
    signingKey: await crypto.subtle.importKey("pkcs8", der, algorithm, true, ["sign"]),
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      ...(keyId ? [new SubjectKeyIdentifierExtension(keyId)] : []),
    ],
  });
  return { cert: `${certificate.toString("pem")}\n`, key };
}

test.each([undefined, "0102030405"])("an authority that is there goes on signing: its key is %s", async (keyId) => {
  const authority = await otherAuthority(keyId);
  await Promise.all([writeFile(join(dir, "ca.crt"), authority.cert), writeFile(join(dir, "ca.key"), authority.key)]);
  const first = await ensurePki(dir, makers);
  expect(first.ca).toBe(authority.cert);
  expect(idOf(first.server.cert)).toEqual({ own: expect.stringMatching(/^[0-9a-f]{40}$/), authority: keyId });
  expect(await handshake(first.server, first.admin, first.ca)).toEqual([null, null]);
  expect((await ensurePki(dir, makers)).server).toEqual(first.server);
});
