/** The fields of a kubeconfig in the order of Go's types, which is the order of its JSON (`clientcmd/api/v1/types.go`). */

export type FieldType =
  | "string"
  | "bool"
  /** Base64 in the file. */
  | "bytes"
  | "strings"
  | "string map"
  | "strings map"
  | "environment"
  /** A list of names with anything each. */
  | "extensions"
  | Struct;

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** Is it written when it is empty? */
  readonly always?: boolean;
  /** What `config set` calls it, when that is not what the file calls it. */
  readonly internal?: string;
}

export interface Struct {
  /** Go's name, for errors. */
  readonly go: string;
  readonly fields: readonly Field[];
}

const field = (name: string, type: FieldType, more: Partial<Field> = {}): Field => ({ name, type, ...more });
const always = { always: true };

export const clusterStruct: Struct = {
  go: "Cluster",
  fields: [
    field("server", "string", always),
    field("tls-server-name", "string"),
    field("insecure-skip-tls-verify", "bool"),
    field("certificate-authority", "string"),
    field("certificate-authority-data", "bytes"),
    field("proxy-url", "string"),
    field("disable-compression", "bool"),
    field("extensions", "extensions"),
  ],
};

const authProviderStruct: Struct = {
  go: "AuthProviderConfig",
  fields: [field("name", "string", always), field("config", "string map", always)],
};

const execStruct: Struct = {
  go: "ExecConfig",
  fields: [
    field("command", "string", always),
    field("args", "strings", always),
    field("env", "environment", always),
    field("apiVersion", "string"),
    field("installHint", "string"),
    field("provideClusterInfo", "bool", always),
    field("interactiveMode", "string"),
  ],
};

export const userStruct: Struct = {
  go: "AuthInfo",
  fields: [
    field("client-certificate", "string"),
    field("client-certificate-data", "bytes"),
    field("client-key", "string"),
    field("client-key-data", "bytes"),
    field("token", "string"),
    field("tokenFile", "string"),
    field("as", "string", { internal: "act-as" }),
    field("as-uid", "string", { internal: "act-as-uid" }),
    field("as-groups", "strings", { internal: "act-as-groups" }),
    field("as-user-extra", "strings map", { internal: "act-as-user-extra" }),
    field("username", "string"),
    field("password", "string"),
    field("auth-provider", authProviderStruct),
    field("exec", execStruct),
    field("extensions", "extensions"),
  ],
};

export const contextStruct: Struct = {
  go: "Context",
  fields: [
    field("cluster", "string", always),
    field("user", "string", always),
    field("namespace", "string"),
    field("extensions", "extensions"),
  ],
};

export const preferencesStruct: Struct = {
  go: "Preferences",
  fields: [field("colors", "bool"), field("extensions", "extensions")],
};

/** The three lists: what an entry is called, and Go's name for one. */
export const lists = {
  clusters: { key: "cluster", struct: clusterStruct, named: "NamedCluster" },
  users: { key: "user", struct: userStruct, named: "NamedAuthInfo" },
  contexts: { key: "context", struct: contextStruct, named: "NamedContext" },
} as const;

export type ListName = keyof typeof lists;
