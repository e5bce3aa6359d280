/** The kubeconfig of one cluster and one user, as kubectl reads it. */
import type { Credentials } from "./credentials.ts";

export interface Kubeconfig {
  readonly apiVersion: "v1";
  readonly kind: "Config";
  readonly preferences: Readonly<Record<string, never>>;
  readonly clusters: readonly { name: string; cluster: { server: string; "certificate-authority-data": string } }[];
  readonly users: readonly {
    name: string;
    user: { "client-certificate-data": string; "client-key-data": string };
  }[];
  readonly contexts: readonly { name: string; context: { cluster: string; user: string; namespace?: string } }[];
  readonly "current-context": string;
}

export interface KubeconfigOptions {
  /** Names the cluster, the context and the user: `wherry`. */
  readonly name: string;
  /** `https://127.0.0.1:6443` */
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly credentials: Credentials;
  readonly namespace?: string;
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

export function kubeconfigFor({ name, server, ca, credentials, namespace }: KubeconfigOptions): Kubeconfig {
  return {
    apiVersion: "v1",
    kind: "Config",
    preferences: {},
    clusters: [{ name, cluster: { server, "certificate-authority-data": base64(ca) } }],
    users: [
      {
        name,
        user: {
          "client-certificate-data": base64(credentials.cert),
          "client-key-data": base64(credentials.key),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name, ...(namespace ? { namespace } : {}) } }],
    "current-context": name,
  };
}
