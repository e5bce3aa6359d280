/** Lines for whoever wants to know what goes on, as kubectl's logger (klog) writes them. */
import { STATUS_CODES } from "node:http";
import { systemClock as clock } from "../../../base/clock.ts";
import type { RestClient } from "../../../client/http/rest.ts";

/** @param place in kubectl's source */
export function klogLine(place: string, text: string): string {
  const now = new Date(clock.now()).toISOString();
  return `I${now.slice(5, 7)}${now.slice(8, 10)} ${now.slice(11, 23)}000 ${String(process.pid).padStart(7)} ${place}] ${text}`;
}

/**
 * Says of each request how it was answered and when: from 6 on its address, status and time to the head of the answer, from
 * 7 on its headers too (not those that say who one is: they are added below this), from 8 on what it sends.
 */
export function logged(
  send: RestClient["send"],
  server: string,
  verbosity: number,
  write: (line: string) => void,
): RestClient["send"] {
  const log = (text: string) => write(`${klogLine("round_trippers.go:632", text)}\n`);
  const quoted = (value: unknown) => JSON.stringify(String(value));
  return async (request) => {
    const { method, path, headers = {}, body } = request;
    const what = `verb=${quoted(method)} url=${quoted(server.replace(/\/$/, "") + path)}`;
    const start = clock.monotonic();
    const took = () => `milliseconds=${Math.round(clock.monotonic() - start)}`;
    if (verbosity >= 7) {
      log(`"Request" ${what} headers=${JSON.stringify(headers)}`);
    }
    if (verbosity >= 8 && typeof body === "string") log(`"Request Body" body=${quoted(body)}`);
    try {
      const response = await send(request);
      log(`"Response" ${what} status=${quoted(`${response.status} ${STATUS_CODES[response.status] ?? ""}`)} ${took()}`);
      return response;
    } catch (error) {
      log(`"Response" ${what} status="" err=${quoted((error as Error).message)} ${took()}`);
      throw error;
    }
  };
}
