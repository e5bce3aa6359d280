/** Making certificates. Loads the X.509 library, which takes longer than everything else here: import it lazily. */
import "reflect-metadata"; // @peculiar/x509 needs it, and first
import { webcrypto } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import type { Clock, Random } from "../../base/clock.ts";
import type { Credentials } from "./credentials.ts";

cryptoProvider.set(webcrypto);

const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const dayMs = 86_400_000;

export interface Leaf {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly use: "server" | "client";
  /** Names and addresses a server answers to. */
  readonly hosts?: readonly string[];
}

interface Makers {
  readonly clock: Clock;
  readonly random: Random;
}

const pem = (label: string, der: ArrayBuffer) =>
  `-----BEGIN ${label}-----\n${(
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? []
  ).join("\n")}\n-----END ${label}-----\n`;

const newKeys = () => webcrypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]);

const exportKey = async (key: webcrypto.CryptoKey) =>
  pem("PRIVATE KEY", await webcrypto.subtle.exportKey("pkcs8", key));

const importKey = (text: string) =>
  webcrypto.subtle.importKey("pkcs8", Buffer.from(text.replace(/-----[^-]+-----|\s/g, ""), "base64"), ecdsa, true, [
    "sign",
  ]);

/** From an hour ago, for clocks that differ. */
const validity = ({ clock }: Makers, days: number) => ({
  notBefore: new Date(clock.now() - 3_600_000),
  notAfter: new Date(clock.now() + days * dayMs),
});

const serial = ({ random }: Makers) => {
  const bytes = Buffer.from(random.bytes(16));
  bytes[0] = ((bytes[0] as number) & 0x3f) | 0x40; // positive, and never shorter
  return bytes.toString("hex");
};

/**
 * The authorities of all clusters have one name: who trusts several tells them apart by the identifiers of their keys
 * (RFC 5280, section 4.2.1), which are in what they sign too.
 */
export async function makeAuthority(makers: Makers): Promise<Credentials> {
  const keys = await newKeys();
  const name = [{ CN: ["wherry-ca"] }];
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serial(makers),
    subject: name,
    issuer: name,
    ...validity(makers, 3650),
    signingAlgorithm: ecdsa,
    publicKey: keys.publicKey,
    signingKey: keys.privateKey,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign | KeyUsageFlags.digitalSignature, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: `${certificate.toString("pem")}\n`, key: await exportKey(keys.privateKey) };
}

export async function makeLeaf(authority: Credentials, leaf: Leaf, makers: Makers): Promise<Credentials> {
  const [keys, signingKey] = await Promise.all([newKeys(), importKey(authority.key)]);
  const issuer = new X509Certificate(authority.cert);
  // One that wherry made before keys had identifiers has none, and one that was brought along has any.
  const issuerKey = issuer.getExtension(SubjectKeyIdentifierExtension)?.keyId;
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([leaf.use === "server" ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth]),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ...(issuerKey ? [new AuthorityKeyIdentifierExtension(issuerKey)] : []),
  ];
  if (leaf.hosts?.length) {
    extensions.push(
      new SubjectAlternativeNameExtension(
        leaf.hosts.map((value) => ({ type: /^[0-9.]+$|:/.test(value) ? ("ip" as const) : ("dns" as const), value })),
      ),
    );
  }
  const organizations = leaf.organizations?.map((O) => ({ O: [O] })) ?? [];
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serial(makers),
    subject: [...organizations, { CN: [leaf.commonName] }],
    issuer: issuer.subject,
    ...validity(makers, 365),
    signingAlgorithm: ecdsa,
    publicKey: keys.publicKey,
    signingKey: signingKey,
    extensions,
  });
  return { cert: `${certificate.toString("pem")}\n`, key: await exportKey(keys.privateKey) };
}
