/** An image reference, normalised as Docker does: `nginx` is `docker.io/library/nginx:latest`. */
export interface Reference {
  /** Registry host, with port if given: `docker.io`. */
  readonly domain: string;
  /** `library/nginx` */
  readonly path: string;
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
}

const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const pathPattern = new RegExp(`^${component}(?:/${component})*$`);
const domainPattern =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** @throws Error `invalid reference format`, upstream's `InvalidImageName` */
export function parseReference(text: string): Reference {
  const fail = (why = "invalid reference format") => new Error(`couldn't parse image name "${text}": ${why}`);
  const at = text.indexOf("@");
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const rest = at < 0 ? text : text.slice(0, at);
  const colon = rest.lastIndexOf(":");
  const hasTag = colon > rest.lastIndexOf("/");
  const tag = hasTag ? rest.slice(colon + 1) : undefined;
  const name = hasTag ? rest.slice(0, colon) : rest;
  const slash = name.indexOf("/");
  const first = slash < 0 ? "" : name.slice(0, slash);
  const hasDomain = first !== "" && (/[.:[]/.test(first) || first === "localhost" || first !== first.toLowerCase());
  const domain = !hasDomain || first === "index.docker.io" ? "docker.io" : first;
  let path = hasDomain ? name.slice(slash + 1) : name;
  if (domain === "docker.io" && !path.includes("/")) path = `library/${path}`;
  if (/[A-Z]/.test(path)) throw fail(`invalid reference format: repository name (${path}) must be lowercase`);
  if (!domainPattern.test(domain) || !pathPattern.test(path)) throw fail();
  if (tag !== undefined && !tagPattern.test(tag)) throw fail();
  if (digest !== undefined && !digestPattern.test(digest)) throw fail();
  if (tag === undefined && digest === undefined) return { domain, path, tag: "latest" };
  return { domain, path, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** The name without tag and digest. */
export const repositoryOf = (reference: Reference) => `${reference.domain}/${reference.path}`;

/** The whole normalised text. */
export const formatReference = (reference: Reference) =>
  `${repositoryOf(reference)}${reference.tag ? `:${reference.tag}` : ""}${reference.digest ? `@${reference.digest}` : ""}`;

export const normalise = (text: string) => formatReference(parseReference(text));
