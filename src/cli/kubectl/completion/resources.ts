/** Types and names of the cluster, as completions. */
import type { Pod } from "../../../api/generated/types.ts";
import { resourceText } from "../core/discovery.ts";
import { apiPath } from "../core/paths.ts";
import type { Session } from "../core/session.ts";

export interface Found {
  readonly words: readonly string[];
  /** Does something follow without a space, as behind `pods/`? */
  readonly open: boolean;
}

/** Names of what a type has, in the session's namespace. */
export async function namesOf(session: Session, type: string): Promise<string[]> {
  const resource = await session.served((discovery) => discovery.find(type));
  const path = apiPath(resource, { namespace: resource.namespaced ? session.namespace : undefined });
  const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
  const { items = [] } = await session.json<{ items?: { metadata: { name: string } }[] }>("GET", path, { accept });
  return items.map(({ metadata }) => metadata.name);
}

/** Types that can be read: `pods`, `deployments.apps`. */
export async function typesOf(session: Session): Promise<string[]> {
  const { resources } = await session.discovery();
  return [...new Set(resources.filter(({ verbs }) => verbs.includes("get")).map(resourceText))];
}

/** `pods web-1 web-2`, `pods,services`, `pods/web-1 services/web`. @param types the only ones; empty for all */
export async function completeResources(
  session: Session,
  args: readonly string[],
  typed: string,
  types: readonly string[],
): Promise<Found> {
  const [first] = args;
  const slash = typed.indexOf("/");
  if (first !== undefined && !first.includes("/")) {
    const names = await namesOf(session, first);
    return { words: names.filter((name) => name.startsWith(typed) && !args.includes(name)), open: false };
  }
  if (slash >= 0) return { words: (await named(session, typed)).filter((word) => !args.includes(word)), open: false };
  const comma = typed.lastIndexOf(",") + 1;
  const [prefix, word] = [typed.slice(0, comma), typed.slice(comma)];
  const all = types.length > 0 ? types : await typesOf(session);
  const open = args.length > 0;
  return {
    words: all.filter((type) => type.startsWith(word)).map((type) => `${prefix}${type}${open ? "/" : ""}`),
    open,
  };
}

const withPods = [
  "daemonsets",
  "deployments",
  "pods",
  "jobs",
  "replicasets",
  "replicationcontrollers",
  "services",
  "statefulsets",
];

/** A pod, or what has pods. */
export async function completePods(session: Session, typed: string): Promise<Found> {
  if (typed.includes("/")) return { words: await named(session, typed), open: false };
  const pods = (await namesOf(session, "pods")).filter((name) => name.startsWith(typed));
  const types = withPods.filter((type) => type.startsWith(typed)).map((type) => `${type}/`);
  return { words: [...pods, ...types], open: pods.length === 0 };
}

/** `type/na` → `type/name`. */
async function named(session: Session, typed: string): Promise<string[]> {
  const slash = typed.indexOf("/");
  const [type, start] = [typed.slice(0, slash), typed.slice(slash + 1)];
  return (await namesOf(session, type)).filter((name) => name.startsWith(start)).map((name) => `${type}/${name}`);
}

export async function containersOf(session: Session, pod: string): Promise<string[]> {
  const resource = (await session.discovery()).find("pods");
  const name = pod.replace(/^(?:pods?|po)\//, "");
  const { spec } = await session.json<Pod>("GET", apiPath(resource, { namespace: session.namespace, name }));
  const { initContainers = [], containers = [], ephemeralContainers = [] } = spec ?? {};
  return [...initContainers, ...containers, ...ephemeralContainers].map((container) => container.name);
}
