/** Who signs in again writes other credentials into the kubeconfig: they are taken from there when those in use are refused. */
import { type Clock, systemClock } from "../../base/clock.ts";
import { createRestClient, type RestClient, type RestConfig } from "../../client/http/rest.ts";

/** Milliseconds: however much a page asks, files are not read more often. */
const period = 1000;

const credentialsOf = ({ cert, key, token, username, password, credentials }: RestConfig) => ({
  cert,
  key,
  token,
  username,
  password,
  credentials,
});

/** Sources of credentials renew themselves: two of them are not told apart. */
const same = (a: RestConfig, b: RestConfig): boolean =>
  JSON.stringify(credentialsOf({ ...a, credentials: undefined })) ===
    JSON.stringify(credentialsOf({ ...b, credentials: undefined })) && !a.credentials === !b.credentials;

/**
 * An answer of 401 is handed over as it is: the next request has the new credentials. Where the server is and whom it
 * impersonates stays as it was.
 * @param read what the kubeconfig says now
 */
export async function renewingClient(
  config: RestConfig,
  read: () => Promise<RestConfig>,
  clock: Clock = systemClock,
): Promise<RestClient> {
  let used = config;
  let client = await createRestClient(config);
  // What they opened, such as watches, ends by itself.
  const before: RestClient[] = [];
  let lastRead = Number.NEGATIVE_INFINITY;
  const renew = async () => {
    if (clock.monotonic() - lastRead < period) return;
    lastRead = clock.monotonic();
    const next = { ...config, ...credentialsOf(await read()) };
    if (same(next, used)) return;
    before.push(client);
    client = await createRestClient(next);
    used = next;
  };
  return {
    config,
    begin: () => client.begin(),
    async send(request) {
      const answer = await client.send(request);
      // A file that cannot be read says nothing better than the server's answer does.
      if (answer.status === 401) await renew().catch(() => {});
      return answer;
    },
    close() {
      for (const one of [client, ...before]) one.close();
    },
  };
}
