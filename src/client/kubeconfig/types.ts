/** A kubeconfig as its file has it. */
export interface ClusterEntry {
  server?: string;
  "certificate-authority"?: string;
  "certificate-authority-data"?: string;
  "insecure-skip-tls-verify"?: boolean;
  "tls-server-name"?: string;
  "proxy-url"?: string;
  "disable-compression"?: boolean;
  extensions?: readonly NamedExtension[];
}

export interface NamedExtension {
  readonly name: string;
  readonly extension: unknown;
}

export interface ExecEntry {
  command?: string;
  args?: readonly string[] | null;
  env?: readonly { readonly name: string; readonly value: string }[] | null;
  apiVersion?: string;
  installHint?: string;
  provideClusterInfo?: boolean;
  interactiveMode?: string;
}

export interface AuthProviderEntry {
  name: string;
  config?: Record<string, string> | null;
}

export interface UserEntry {
  "client-certificate"?: string;
  "client-certificate-data"?: string;
  "client-key"?: string;
  "client-key-data"?: string;
  token?: string;
  tokenFile?: string;
  as?: string;
  "as-uid"?: string;
  "as-groups"?: readonly string[];
  "as-user-extra"?: Readonly<Record<string, readonly string[]>>;
  username?: string;
  password?: string;
  exec?: ExecEntry;
  "auth-provider"?: AuthProviderEntry;
}

export interface ContextEntry {
  cluster: string;
  user: string;
  namespace?: string;
}

export interface Kubeconfig {
  apiVersion?: string;
  kind?: string;
  clusters?: { name: string; cluster: ClusterEntry }[];
  users?: { name: string; user: UserEntry }[];
  contexts?: { name: string; context: ContextEntry }[];
  "current-context"?: string;
  preferences?: unknown;
  extensions?: readonly NamedExtension[];
}

/** A kubeconfig that cannot be used, with upstream's words. */
export class KubeconfigError extends Error {
  override readonly name = "KubeconfigError";
}

/** Several kubeconfigs that cannot be used. */
export class KubeconfigErrors extends KubeconfigError {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`[${problems.join(", ")}]`);
    this.problems = problems;
  }
}
