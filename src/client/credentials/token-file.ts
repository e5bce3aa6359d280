import { readFileSync } from "node:fs";
import type { Clock } from "../../base/clock.ts";
import type { CredentialSource } from "./source.ts";

/** Tokens in pods are renewed while they are in use. Milliseconds. */
const rereadAfter = 60_000;

/** A token from a file, which is read again once a minute. */
export function tokenFile(path: string, clock: Clock): CredentialSource {
  const read = () => ({ token: readFileSync(path, "utf8").trim() });
  let kept: { readonly at: number; readonly credentials: { readonly token: string } } | undefined;
  return {
    async get() {
      const now = clock.monotonic();
      if (!kept || now - kept.at > rereadAfter) kept = { at: now, credentials: read() };
      return kept.credentials;
    },
    async refused() {
      kept = undefined;
    },
  };
}
