/** Validation of environment variables and of references to a pod's own fields. Texts are upstream's. */
import { type FieldError, invalidValue, notSupported, type Path, required } from "../../field.ts";
import type {
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from "../../generated/types.ts";
import { checked } from "../../metadata.ts";
import { checkConfigKey, checkDnsSubdomain, checkEnvName, checkQualifiedName } from "../../names.ts";

const envFields = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];
const volumeFields = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
/** What the API knows as fields of a pod, whether or not they may be used in this place. */
const knownFields = new Set([
  ...envFields,
  ...volumeFields,
  "spec.restartPolicy",
  "spec.schedulerName",
  "spec.host",
  "status.phase",
  "status.nominatedNodeName",
]);
const resourceFields = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];

export type DownwardUse = "env" | "volume";

export function validateFieldRef({ apiVersion, fieldPath }: ObjectFieldSelector, use: DownwardUse, at: Path) {
  if (!apiVersion) return [required(at.key("apiVersion"))];
  if (!fieldPath) return [required(at.key("fieldPath"))];
  const where = at.key("fieldPath");
  const convert = (why: string) => [invalidValue(where, fieldPath, `error converting fieldPath: ${why}`)];
  if (apiVersion !== "v1") return convert(`unsupported pod version: ${apiVersion}`);
  const [, base, key] = /^(.*)\['(.*)'\]$/s.exec(fieldPath) ?? [];
  if (base !== undefined && key !== undefined) {
    if (base === "metadata.annotations") return checked(at, key.toLowerCase(), checkQualifiedName);
    if (base === "metadata.labels") return checked(at, key, checkQualifiedName);
    return convert(`field label does not support subscript: ${fieldPath}`);
  }
  if (!knownFields.has(fieldPath)) return convert(`field label not supported: ${fieldPath}`);
  const allowed = use === "env" ? envFields : volumeFields;
  return allowed.includes(fieldPath) ? [] : [notSupported(where, fieldPath, allowed)];
}

const sizes = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";
function validateDivisor(resource: string, divisor: string | undefined, at: Path): FieldError[] {
  if (divisor === undefined || divisor === "0") return [];
  const where = at.key("divisor");
  if (resource.endsWith(".cpu"))
    return divisor === "1m" || divisor === "1"
      ? []
      : [invalidValue(where, resource, "only divisor's values 1m and 1 are supported with the cpu resource")];
  if (sizes.split(", ").includes(divisor)) return [];
  const what = resource.endsWith(".memory")
    ? "the memory resource"
    : resource.endsWith(".ephemeral-storage")
      ? "the local ephemeral storage resource"
      : "the hugepages resource";
  return [invalidValue(where, resource, `only divisor's values ${sizes} are supported with ${what}`)];
}

export function validateResourceFieldRef(ref: ResourceFieldSelector, use: DownwardUse, at: Path): FieldError[] {
  const { containerName, resource, divisor } = ref;
  const errors: FieldError[] = [];
  if (use === "volume" && !containerName) errors.push(required(at.key("containerName")));
  else if (!resource) errors.push(required(at.key("resource")));
  else if (!resourceFields.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource))
    errors.push(notSupported(at.key("resource"), resource, resourceFields));
  return [...errors, ...validateDivisor(resource ?? "", divisor, at)];
}

const validateKeyRef = (ref: { name?: string; key: string }, at: Path): FieldError[] => [
  ...checked(at.key("name"), ref.name ?? "", checkDnsSubdomain),
  ...(ref.key ? checked(at.key("key"), ref.key, checkConfigKey) : [required(at.key("key"))]),
];

function validateValueFrom(from: EnvVarSource, value: string | undefined, at: Path): FieldError[] {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = from;
  const errors = [
    ...(fieldRef ? validateFieldRef(fieldRef, "env", at.key("fieldRef")) : []),
    ...(resourceFieldRef ? validateResourceFieldRef(resourceFieldRef, "env", at.key("resourceFieldRef")) : []),
    ...(configMapKeyRef ? validateKeyRef(configMapKeyRef, at.key("configMapKeyRef")) : []),
    ...(secretKeyRef ? validateKeyRef(secretKeyRef, at.key("secretKeyRef")) : []),
  ];
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef].filter(Boolean).length;
  if (sources === 0)
    errors.push(
      invalidValue(at, "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"),
    );
  else if (value) errors.push(invalidValue(at, "", "may not be specified when `value` is not empty"));
  else if (sources > 1) errors.push(invalidValue(at, "", "may not have more than one field specified at a time"));
  return errors;
}

export const validateEnv = (env: readonly EnvVar[] | undefined, at: Path): FieldError[] =>
  (env ?? []).flatMap(({ name, value, valueFrom }, i) => {
    const here = at.index(i);
    return [
      ...(name ? checked(here.key("name"), name, checkEnvName) : [required(here.key("name"))]),
      ...(valueFrom ? validateValueFrom(valueFrom, value, here.key("valueFrom")) : []),
    ];
  });

export const validateEnvFrom = (sources: readonly EnvFromSource[] | undefined, at: Path): FieldError[] =>
  (sources ?? []).flatMap(({ prefix, configMapRef, secretRef }, i) => {
    const here = at.index(i);
    const reference = (ref: { name?: string } | undefined, name: string) => {
      if (!ref) return [];
      const where = here.key(name, "name");
      return ref.name ? checked(where, ref.name, checkDnsSubdomain) : [required(where)];
    };
    const errors = [
      ...(prefix ? checked(here.key("prefix"), prefix, checkEnvName) : []),
      ...reference(configMapRef, "configMapRef"),
      ...reference(secretRef, "secretRef"),
    ];
    if (!configMapRef && !secretRef)
      errors.push(invalidValue(at, "", "must specify one of: `configMapRef` or `secretRef`"));
    if (configMapRef && secretRef)
      errors.push(invalidValue(at, "", "may not have more than one field specified at a time"));
    return errors;
  });
