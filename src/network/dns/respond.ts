/** From a DNS query to its answer, in bytes. Pure. */
import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  type DecodedPacket,
  decode,
  encode,
  type Packet,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
} from "dns-packet";
import type { DnsRecord, Zone } from "./zone.ts";

/** Response codes of RFC 1035 §4.1.1: the low four bits of the flags. */
const codes = { NOERROR: 0, FORMERR: 1, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

/** Where the flags hold the kind of query; 0 is a standard one. */
const opcodeBits = 0x7800;

/** Says how long a negative answer may be cached (RFC 2308), and that this server speaks for the zone. */
const startOfAuthority = (zone: Zone): Answer => ({
  type: "SOA",
  name: zone.domain,
  ttl: 5,
  data: {
    mname: `ns.dns.${zone.domain}`,
    rname: `hostmaster.${zone.domain}`,
    serial: 1,
    refresh: 7200,
    retry: 1800,
    expire: 86_400,
    minimum: 5,
  },
});

/**
 * Answers a query; undefined when it is not one.
 * Names outside the zone: a single label does not exist, everything else is refused, since there is no way out of the
 * cluster to ask for it.
 * @param maxBytes what fits in the answer; more is cut off with the truncation flag, so that the client asks over TCP
 */
export function respond(
  query: Uint8Array,
  zone: Zone,
  maxBytes: (query: DecodedPacket) => number,
): Uint8Array | undefined {
  let packet: DecodedPacket;
  try {
    packet = decode(Buffer.from(query));
  } catch {
    return undefined;
  }
  if (packet.type !== "query" || !packet.questions?.length) return undefined;
  const question = packet.questions[0];
  if (!question) return undefined;

  const reply = (code: number, answers: readonly DnsRecord[], authorities: Answer[] = []): Uint8Array => {
    const recursion = (packet.flags ?? 0) & RECURSION_DESIRED;
    const response: Packet = {
      type: "response",
      id: packet.id ?? 0,
      flags: AUTHORITATIVE_ANSWER | recursion | code,
      questions: [question],
      answers: answers as Answer[],
      authorities,
      additionals: [],
    };
    const bytes = encode(response);
    if (bytes.length <= maxBytes(packet)) return bytes;
    return encode({ ...response, flags: (response.flags ?? 0) | TRUNCATED_RESPONSE, answers: [], authorities: [] });
  };

  if (((packet.flags ?? 0) & opcodeBits) !== 0) return reply(codes.NOTIMP, []);
  const result = zone.resolve(question.name, question.type);
  switch (result.code) {
    case "NOERROR":
      return reply(codes.NOERROR, result.answers, result.answers.length > 0 ? [] : [startOfAuthority(zone)]);
    case "NXDOMAIN":
      return reply(codes.NXDOMAIN, [], [startOfAuthority(zone)]);
    case "OUTSIDE":
      return reply(question.name.includes(".") ? codes.REFUSED : codes.NXDOMAIN, []);
  }
}
