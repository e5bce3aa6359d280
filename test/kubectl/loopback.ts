/** What both kubectls are pointed at: servers on loopback, kubeconfigs, and files beside them, all of one test file. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server as HttpServer } from "node:http";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { stringify } from "yaml";
import { type Clock, systemClock, systemRandom } from "../../src/base/clock.ts";
import { makeLeaf } from "../../src/server/pki/certificates.ts";
import type { Credentials } from "../../src/server/pki/credentials.ts";
import { wherryProgram } from "../tools/cluster.ts";
import { type Result, run } from "../tools/run.ts";
import { withoutLogLines } from "./masks.ts";
import { callOf, type Program } from "./programs.ts";

export interface Loopback {
  /** Where its files are; both kubectls run here, and it is their home. */
  readonly dir: string;
  /** @returns the path of a new file */
  inFile(name: string, text: string): string;
  /** @returns the port */
  listen(server: Server | HttpServer): Promise<number>;
  /** @returns the path of a kubeconfig with one context */
  config(user: object, cluster: object): string;
  call(program: Program, words: readonly string[], env: NodeJS.ProcessEnv): Promise<Result>;
  /** Both say the same. @returns what they say, on both streams */
  bothSay(words: readonly string[], env: NodeJS.ProcessEnv): Promise<string>;
  close(): void;
}

export const makers = { clock: systemClock, random: systemRandom };

export const serverLeaf = (
  authority: Credentials,
  clock: Clock = systemClock,
  hosts: readonly string[] = ["127.0.0.1", "localhost"],
): Promise<Credentials> => makeLeaf(authority, { commonName: "server", use: "server", hosts }, { ...makers, clock });

export function loopback(name: string): Loopback {
  const dir = mkdtempSync(join(tmpdir(), `wherry-${name}-`));
  const servers: (Server | HttpServer)[] = [];
  let configs = 0;
  const inFile = (name: string, text: string): string => {
    const path = join(dir, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  const call: Loopback["call"] = (program, words, env) => {
    // As it is installed: what Node.js trusts depends on how a shell starts it.
    const [file, ...before] = program === "ours" ? [wherryProgram, "kubectl"] : callOf(program);
    return run(file, [...before, ...words], { env: { PATH: process.env.PATH, HOME: dir, ...env }, cwd: dir });
  };
  return {
    dir,
    inFile,
    call,
    async listen(server) {
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return (server.address() as AddressInfo).port;
    },
    config(user, cluster) {
      const whole = {
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "c", cluster }],
        users: [{ name: "u", user }],
        contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
        "current-context": "x",
      };
      return inFile(`config-${configs++}`, stringify(whole));
    },
    async bothSay(words, env) {
      const [real, ours] = await Promise.all([call("real", words, env), call("ours", words, env)]);
      // The current time stands in the words for a certificate that has ended.
      const comparable = ({ code, out, err }: Result) => ({
        code,
        out,
        err: withoutLogLines(err).replace(/current time \S+/, "current time NOW"),
      });
      expect(comparable(ours)).toEqual(comparable(real));
      return real.out + withoutLogLines(real.err);
    },
    close() {
      for (const server of servers) {
        if ("closeAllConnections" in server) server.closeAllConnections();
        server.close();
      }
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
