/** `grpc.health.v1.Health/Check`: one small message each way, over HTTP/2 without TLS. */
import { connect } from "node:http2";
import type { Socket } from "node:net";

/** Encodes `HealthCheckRequest { string service = 1 }` in a gRPC frame. */
export function encodeRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const length: number[] = [];
  for (let n = name.length; ; n >>>= 7) {
    if (n < 128) {
      length.push(n);
      break;
    }
    length.push((n & 127) | 128);
  }
  const message = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, ...length]), name]);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  return Buffer.concat([frame, message]);
}

const servingStates = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

/** Decodes the status of `HealthCheckResponse { ServingStatus status = 1 }` from a gRPC frame. */
function decodeStatus(frame: Buffer): string {
  const message = frame.subarray(5);
  const value = message.length >= 2 && message[0] === 0x08 ? (message[1] ?? 0) : 0;
  return servingStates[value] ?? String(value);
}

export interface HealthAnswer {
  readonly ok: boolean;
  readonly text: string;
}

export function checkHealth(socket: Socket, authority: string, service: string): Promise<HealthAnswer> {
  return new Promise((resolve, reject) => {
    const session = connect(`http://${authority}`, { createConnection: () => socket });
    session.once("error", reject);
    const stream = session.request({
      ":method": "POST",
      ":path": "/grpc.health.v1.Health/Check",
      "content-type": "application/grpc",
      te: "trailers",
      "user-agent": "kube-probe/1.34",
    });
    const chunks: Buffer[] = [];
    let status: string | undefined;
    let message = "";
    const note = (headers: Record<string, unknown>) => {
      if (headers["grpc-status"] !== undefined) status = String(headers["grpc-status"]);
      if (headers["grpc-message"] !== undefined) message = decodeURIComponent(String(headers["grpc-message"]));
    };
    stream.on("response", note);
    stream.on("trailers", note);
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.once("error", reject);
    stream.once("end", () => {
      session.close();
      if (status === "12")
        return resolve({
          ok: false,
          text: `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${message}`,
        });
      if (status !== "0")
        return resolve({
          ok: false,
          text: `error: health rpc probe failed: rpc error: code = ${status ?? "unknown"} desc = ${message}`,
        });
      const state = decodeStatus(Buffer.concat(chunks));
      if (state === "SERVING") return resolve({ ok: true, text: "service healthy" });
      resolve({ ok: false, text: `service unhealthy (responded with "${state}")` });
    });
    stream.end(encodeRequest(service));
  });
}
