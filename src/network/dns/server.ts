/** Serves the cluster's DNS zone over UDP and TCP on one address. */
import { createSocket } from "node:dgram";
import { createServer, type Socket } from "node:net";
import type { DecodedPacket } from "dns-packet";
import { respond } from "./respond.ts";
import type { Zone } from "./zone.ts";

/** RFC 1035's limit without EDNS, and the most we send with it (the DNS flag day's value). */
const plainUdpBytes = 512;
const largestUdpBytes = 1232;
/** A TCP client that says nothing for this long is let go, in milliseconds. */
const tcpIdle = 10_000;

const udpBytes = (query: DecodedPacket): number => {
  const edns = query.additionals?.find((a) => a.type === "OPT");
  const offered = edns && "udpPayloadSize" in edns ? Number(edns.udpPayloadSize) : plainUdpBytes;
  return Math.min(Math.max(offered, plainUdpBytes), largestUdpBytes);
};

export interface DnsServer {
  close(): Promise<void>;
}

/**
 * @param zone gives the newest snapshot
 * @param port 0 for any free port (TCP and UDP then differ)
 */
export async function startDns(zone: () => Zone, host: string, port: number): Promise<DnsServer> {
  const udp = createSocket("udp4");
  udp.on("message", (query, from) => {
    const answer = respond(query, zone(), udpBytes);
    if (answer) udp.send(answer, from.port, from.address);
  });
  const tcp = createServer((socket) => answerStream(socket, zone));
  await new Promise<void>((resolve, reject) => {
    udp.once("error", reject);
    udp.bind(port, host, () => {
      udp.off("error", reject).on("error", () => {});
      resolve();
    });
  });
  await new Promise<void>((resolve, reject) => {
    tcp.once("error", reject);
    tcp.listen({ host, port }, () => {
      tcp.off("error", reject);
      resolve();
    });
  });
  return {
    close: async () => {
      udp.close();
      await new Promise<void>((resolve) => tcp.close(() => resolve()));
    },
  };
}

/** Over TCP each message has its length in front, in two bytes (RFC 1035 §4.2.2). */
function answerStream(socket: Socket, zone: () => Zone): void {
  let buffered: Buffer = Buffer.alloc(0);
  socket.setTimeout(tcpIdle, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    while (buffered.length >= 2 && buffered.length >= 2 + buffered.readUInt16BE(0)) {
      const end = 2 + buffered.readUInt16BE(0);
      const answer = respond(buffered.subarray(2, end), zone(), () => 65_535);
      buffered = buffered.subarray(end);
      if (!answer) return void socket.destroy();
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length);
      socket.write(Buffer.concat([length, answer]));
    }
  });
}
