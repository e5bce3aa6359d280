/** What a server accepts as proof of who we are. */
export interface Credentials {
  readonly token?: string;
  /** PEM, always together. */
  readonly cert?: string;
  readonly key?: string;
}

/** Credentials that change with time. Several callers at once share one fetch. */
export interface CredentialSource {
  /** Valid ones: kept ones, or new ones. @throws Error with upstream's words */
  get(): Promise<Credentials>;
  /** The server has refused these: the next `get` shall give others. */
  refused(used: Credentials): Promise<void>;
}
