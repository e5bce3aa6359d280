/** A certificate and its private key, PEM. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
}
