/** `set env --list`: the variables of containers, with `--resolve` also what they refer to. */
import type { EnvVar, EnvVarSource, ResourceFieldSelector } from "../../../../api/generated/types.ts";
import { checkQualifiedName } from "../../../../api/names.ts";
import { isZero, parseQuantity, quantityMilliValue, quantityValue } from "../../../../api/quantity.ts";
import { CommandError, type Invocation } from "../../core/command.ts";
import type { LiveObject } from "../../core/find-objects.ts";
import { apiPath } from "../../core/paths.ts";
import type { MutableContainer } from "../../core/pod-spec.ts";
import type { Session } from "../../core/session.ts";
import { localResource } from "../../core/typed.ts";

/** @throws CommandError when something could not be resolved; what and why has been said then */
export async function listEnv(
  { flags, print, warn }: Invocation,
  session: Session,
  object: LiveObject,
  containers: readonly MutableContainer[],
): Promise<void> {
  let failed = false;
  for (const container of containers) {
    print(`# ${object.kind} ${object.metadata.name}, container ${container.name}`);
    const problems = new Map<string, string[]>();
    for (const { name, value = "", valueFrom } of container.env ?? []) {
      if (!valueFrom) print(`${name}=${value}`);
      else if (!flags.bool("resolve")) print(`# ${name} from ${referenceText(valueFrom)}`);
      else {
        try {
          print(`${name}=${await resolve(session, valueFrom, object, container)}`);
        } catch (error) {
          print(`# ${name} from ${referenceText(valueFrom)}`);
          const why = (error as Error).message;
          problems.set(why, [...(problems.get(why) ?? []), name]);
          failed = true;
        }
      }
    }
    const lines = [...problems].map(
      ([why, names]) => `error retrieving reference for ${names.sort().join(", ")}: ${why}`,
    );
    for (const line of lines.sort()) warn(line);
  }
  if (failed) throw new CommandError("failed to retrieve valueFrom references");
}

function referenceText({ configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef }: EnvVarSource): string {
  if (configMapKeyRef) return `configmap ${configMapKeyRef.name}, key ${configMapKeyRef.key}`;
  if (secretKeyRef) return `secret ${secretKeyRef.name}, key ${secretKeyRef.key}`;
  if (fieldRef) return `field path ${fieldRef.fieldPath}`;
  if (!resourceFieldRef) return "invalid valueFrom";
  const { containerName, resource } = resourceFieldRef;
  return `resource field ${containerName ? `${containerName}/` : ""}${resource}`;
}

async function resolve(
  session: Session,
  { secretKeyRef, configMapKeyRef, fieldRef, resourceFieldRef }: NonNullable<EnvVar["valueFrom"]>,
  object: LiveObject,
  container: MutableContainer,
): Promise<string> {
  const dataOf = async (kind: string, name = "") => {
    const path = apiPath(localResource({ apiVersion: "v1", kind }), { namespace: session.namespace, name });
    return (await session.json<{ data?: Record<string, string> }>("GET", path)).data ?? {};
  };
  if (secretKeyRef) {
    const { name, key } = secretKeyRef;
    const value = (await dataOf("Secret", name))[key];
    if (value === undefined) throw new CommandError(`key ${key} not found in secret ${name}`);
    return Buffer.from(value, "base64").toString();
  }
  if (configMapKeyRef) {
    const { name, key } = configMapKeyRef;
    const value = (await dataOf("ConfigMap", name))[key];
    if (value === undefined) throw new CommandError(`key ${key} not found in config map ${name}`);
    return value;
  }
  if (fieldRef) return fieldText(object, fieldRef.fieldPath);
  if (resourceFieldRef) return resourceText(resourceFieldRef, container);
  throw new CommandError("invalid valueFrom");
}

function fieldText({ metadata }: LiveObject, path: string): string {
  const [, map, key] = /^(.+?)\['(.*)'\]$/.exec(path) ?? [];
  if (map !== undefined && key !== undefined) {
    if (map !== "metadata.annotations" && map !== "metadata.labels")
      throw new CommandError(`fieldPath ${JSON.stringify(path)} does not support subscript`);
    const problems = checkQualifiedName(map === "metadata.annotations" ? key.toLowerCase() : key);
    if (problems.length > 0) throw new CommandError(`invalid key subscript in ${path}: ${problems.join(";")}`);
    return (map === "metadata.annotations" ? metadata.annotations : metadata.labels)?.[key] ?? "";
  }
  const mapText = (values: Readonly<Record<string, string>> = {}) =>
    Object.keys(values)
      .sort()
      .map((name) => `${name}=${JSON.stringify(values[name])}`)
      .join("\n");
  switch (path) {
    case "metadata.annotations":
      return mapText(metadata.annotations);
    case "metadata.labels":
      return mapText(metadata.labels);
    case "metadata.name":
      return metadata.name;
    case "metadata.namespace":
      return metadata.namespace ?? "";
    case "metadata.uid":
      return metadata.uid;
    default:
      throw new CommandError(`unsupported fieldPath: ${path}`);
  }
}

/** In units of the divisor, rounded up. */
function resourceText({ resource, divisor = "0" }: ResourceFieldSelector, container: MutableContainer): string {
  const [, list = "", name = ""] =
    /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$/.exec(resource) ?? [];
  if (!name) throw new CommandError(`Unsupported container resource : ${resource}`);
  const amount = parseQuantity(container.resources?.[list as "limits" | "requests"]?.[name] ?? "0");
  const unit = isZero(parseQuantity(divisor)) ? parseQuantity("1") : parseQuantity(divisor);
  const value = name === "cpu" ? quantityMilliValue : quantityValue;
  return String(Math.ceil(value(amount) / value(unit)));
}
