/** ConfigMaps, Secrets, ServiceAccounts and Namespaces. */
import type {
  ConfigMap,
  LimitRange,
  Namespace,
  ObjectMeta,
  ResourceQuota,
  Secret,
  ServiceAccount,
} from "../../../api/generated/types.ts";
import { StatusError } from "../../../base/errors.ts";
import { apiPath } from "../core/paths.ts";
import type { DescribeContext, Describer } from "./describer.ts";
import { writeEvents } from "./events.ts";
import { writeLimitRanges, writeQuotas } from "./limits.ts";
import { writeAnnotations, writeLabels } from "./multiline.ts";
import { dateText } from "./times.ts";
import { DescriptionWriter } from "./writer.ts";

function start({ name, namespace, labels, annotations }: ObjectMeta): DescriptionWriter {
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${name}\n`);
  if (namespace) w.write(0, `Namespace:\t${namespace}\n`);
  writeLabels(w, "Labels", labels);
  writeAnnotations(w, "Annotations", annotations);
  return w;
}

const sortedEntries = (map: Readonly<Record<string, string>> = {}): [string, string][] =>
  Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));

const decodedLength = (base64: string): number => Buffer.from(base64, "base64").length;

export const describeConfigMap: Describer<ConfigMap> = async ({ metadata = {}, data, binaryData }, context) => {
  const w = start(metadata);
  w.write(0, "\nData\n====\n");
  for (const [key, value] of sortedEntries(data)) w.write(0, `${key}:\n----\n${value}\n\n`);
  w.write(0, "\nBinaryData\n====\n");
  for (const [key, value] of sortedEntries(binaryData)) w.write(0, `${key}: ${decodedLength(value)} bytes\n`);
  w.write(0, "\n");
  await writeEvents(w, { metadata, kind: "ConfigMap" }, context, true);
  return w.text();
};

export const describeSecret: Describer<Secret> = async ({ metadata = {}, type, data }) => {
  const w = start(metadata);
  w.write(0, `\nType:\t${type ?? ""}\n`);
  w.write(0, "\nData\n====\n");
  for (const [key, value] of sortedEntries(data)) {
    const isToken = key === "token" && type === "kubernetes.io/service-account-token";
    const shown = isToken ? Buffer.from(value, "base64").toString() : `${decodedLength(value)} bytes`;
    w.write(0, `${key}:\t${shown}\n`);
  }
  return w.text();
};

export const describeServiceAccount: Describer<ServiceAccount> = async (account, context) => {
  const { metadata = {}, imagePullSecrets = [], secrets = [] } = account;
  const there = await secretsBeside(metadata, context);
  const tokens = (there ?? []).filter(({ type, metadata: of }) => {
    const { "kubernetes.io/service-account.name": name, "kubernetes.io/service-account.uid": uid } =
      of?.annotations ?? {};
    return type === "kubernetes.io/service-account-token" && name === metadata.name && uid === metadata.uid;
  });
  const referred = new Set([...secrets, ...imagePullSecrets].map(({ name }) => name));
  const missing = (name: string | undefined) =>
    there !== undefined && referred.has(name) && !there.some((s) => s.metadata?.name === name);
  const w = start(metadata);
  const block = (title: string, names: readonly (string | undefined)[]) => {
    if (names.length === 0) w.write(0, `${title}\t<none>\n`);
    names.forEach((name, i) => {
      const shown = `${name ?? ""}${missing(name) ? " (not found)" : ""}`;
      w.write(0, `${i === 0 ? title : " ".repeat(19)}\t${shown}\n`);
    });
  };
  block(
    "Image pull secrets:",
    imagePullSecrets.map((s) => s.name),
  );
  block(
    "Mountable secrets: ",
    secrets.map((s) => s.name),
  );
  block(
    "Tokens:            ",
    tokens.map((s) => s.metadata?.name),
  );
  await writeEvents(w, { metadata, kind: "ServiceAccount" }, context);
  return w.text();
};

/** Undefined when the user may not see them. */
async function secretsBeside({ namespace }: ObjectMeta, { session }: DescribeContext): Promise<Secret[] | undefined> {
  try {
    const path = apiPath((await session.discovery()).find("secrets"), { namespace });
    return (await session.json<{ items?: Secret[] }>("GET", path)).items ?? [];
  } catch (error) {
    if (error instanceof StatusError) return undefined;
    throw error;
  }
}

export const describeNamespace: Describer<Namespace> = async ({ metadata = {}, status }, { session }) => {
  const w = start(metadata);
  w.write(0, `Status:\t${status?.phase ?? ""}\n`);
  const conditions = status?.conditions ?? [];
  if (conditions.length > 0) {
    w.write(0, "Conditions:\n");
    w.write(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage\n");
    w.write(1, "----\t------\t------------------\t------\t-------\n");
    for (const { type, status: value, lastTransitionTime, reason = "", message = "" } of conditions)
      w.write(1, `${type}\t${value}\t${dateText(lastTransitionTime)}\t${reason}\t${message}\n`);
  }
  // A server without these kinds has none to tell of.
  const listed = async <T>(type: string): Promise<T[] | undefined> => {
    const resource = (await session.discovery()).resources.find((r) => r.group === "" && r.plural === type);
    if (!resource) return undefined;
    const path = apiPath(resource, { namespace: metadata.name });
    return (await session.json<{ items?: T[] }>("GET", path)).items ?? [];
  };
  const quotas = await listed<ResourceQuota>("resourcequotas");
  const ranges = await listed<LimitRange>("limitranges");
  if (quotas) {
    w.write(0, "\n");
    writeQuotas(w, quotas);
  }
  if (ranges) {
    w.write(0, "\n");
    writeLimitRanges(w, ranges);
  }
  return w.text();
};
