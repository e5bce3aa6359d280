/** Who sends a request: client certificates, bearer tokens, and nobody else. */
import { unauthorized } from "../../base/errors.ts";
import type { UserInfo } from "../../registry/registry.ts";
import type { Exchange, Peer } from "../transport/exchange.ts";

export interface TokenAuthenticator {
  /** The user a bearer token stands for; undefined when it is not valid. */
  authenticate(token: string): Promise<UserInfo | undefined>;
}

const clientAuth = "1.3.6.1.5.5.7.3.2";
const allAuthenticated = "system:authenticated";

const certificateUsers = new WeakMap<Peer, UserInfo | null>();

/** Common name and organizations of a client certificate that our CA signed for client use; else undefined. */
function userOfPeer(peer: Peer): UserInfo | undefined {
  let user = certificateUsers.get(peer);
  if (user === undefined) {
    user = readCertificate(peer);
    certificateUsers.set(peer, user);
  }
  return user ?? undefined;
}

function readCertificate({ certificate }: Peer): UserInfo | null {
  if (!certificate?.trusted) return null;
  const { subject, ext_key_usage } = certificate.details;
  const name = [subject.CN].flat()[0];
  if (!name || !ext_key_usage?.includes(clientAuth)) return null;
  const groups = [subject.O ?? []].flat();
  return { name, groups: [...groups, allAuthenticated] };
}

/**
 * The user of a request, at once where a certificate tells; undefined when it carries no credentials at all.
 * @throws 401 when it carries credentials that are not valid
 */
export function authenticate(
  exchange: Exchange,
  tokens: TokenAuthenticator | undefined,
): UserInfo | Promise<UserInfo | undefined> {
  return userOfPeer(exchange.peer) ?? userOfToken(exchange, tokens);
}

async function userOfToken(exchange: Exchange, tokens: TokenAuthenticator | undefined): Promise<UserInfo | undefined> {
  const header = exchange.headers.authorization;
  if (header) {
    const token = /^bearer +(\S+)$/i.exec(header.trim())?.[1];
    const found = token && (await tokens?.authenticate(token));
    if (!found) throw unauthorized();
    return found.groups.includes(allAuthenticated) ? found : { ...found, groups: [...found.groups, allAuthenticated] };
  }
  if (exchange.peer.certificate) throw unauthorized();
  return undefined;
}

export const anonymous: UserInfo = { name: "system:anonymous", groups: ["system:unauthenticated"] };
