/** What the page's server says of where it leads: `/info`. */
import { effect, signal } from "@preact/signals";
import { errorOf } from "../../client/http/response.ts";
import { connection, reach } from "../connection/api.ts";

export interface Info {
  /** Names as the kubeconfig has them. */
  readonly context: string;
  readonly cluster: string;
  /** The context's. */
  readonly namespace: string;
  /** The user's language (BCP 47) where the server runs. */
  readonly language?: string;
  /** `https://127.0.0.1:6443` */
  readonly server: string;
  /** The API server's; absent when it did not answer. */
  readonly version?: string;
  readonly user?: { readonly username?: string };
  /** Is it one of wherry's own? Then its nodes count connections: `/metrics/proxy`. */
  readonly wherry: boolean;
}

export const info = signal<Info | undefined>(undefined);

/** @throws when there is no answer, or a failure */
export async function loadInfo(): Promise<Info> {
  const response = await reach("/info");
  if (!response.ok) throw errorOf(response.status, await response.text());
  const loaded = (await response.json()) as Info;
  info.value = loaded;
  return loaded;
}

/** What a cluster that was away did not say is asked once it is there. */
export function completeInfo(): void {
  effect(() => {
    if (connection.value.state === "connected" && info.peek()?.version === undefined) loadInfo().catch(() => {});
  });
}
