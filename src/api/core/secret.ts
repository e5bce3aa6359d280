import { scanJson } from "../../base/json-scan.ts";
import { ageColumn, column, nameColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { type FieldError, invalidValue, path, required, tooLong } from "../field.ts";
import type { Secret } from "../generated/types.ts";
import type { Kind } from "../kind.ts";
import { checked, immutable } from "../metadata.ts";
import { checkConfigKey } from "../names.ts";
import { bytesMax, decodedLength, validateImmutable } from "./data.ts";

/** Keys that a type of secret must have. */
const requiredKeys: ReadonlyMap<string, readonly string[]> = new Map([
  ["kubernetes.io/dockercfg", [".dockercfg"]],
  ["kubernetes.io/dockerconfigjson", [".dockerconfigjson"]],
  ["kubernetes.io/ssh-auth", ["ssh-privatekey"]],
  ["kubernetes.io/tls", ["tls.crt", "tls.key"]],
]);

function validateJson(data: Readonly<Record<string, string>>, key: string): FieldError[] {
  const value = data[key];
  if (value === undefined) return [];
  const { error } = scanJson(Buffer.from(value, "base64").toString());
  return error ? [invalidValue(path("data").entry(key), "<secret contents redacted>", error)] : [];
}

function validate({ type = "", data = {}, metadata }: Secret): FieldError[] {
  const at = path("data");
  const errors = Object.keys(data).flatMap((key) => checked(at.entry(key), key, checkConfigKey));
  const bytes = Object.values(data).reduce((sum, value) => sum + decodedLength(value), 0);
  if (bytes > bytesMax) errors.push(tooLong(at, bytesMax));
  for (const key of requiredKeys.get(type) ?? []) {
    if (data[key] === undefined) errors.push(required(at.entry(key)));
    else if (key.startsWith(".docker")) errors.push(...validateJson(data, key));
  }
  if (type === "kubernetes.io/basic-auth" && data.username === undefined && data.password === undefined)
    errors.push(required(at.entry("username")), required(at.entry("password")));
  const account = "kubernetes.io/service-account.name";
  if (type === "kubernetes.io/service-account-token" && !metadata?.annotations?.[account])
    errors.push(required(path("metadata", "annotations").entry(account)));
  return errors;
}

export const secretKind: Kind<Secret> = defineKind<Secret>({
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  namespaced: true,
  schemaType: "io.k8s.api.core.v1.Secret",
  /** `stringData` is for writing only: it is merged into `data`. */
  applyDefaults(secret) {
    secret.type ||= "Opaque";
    const { stringData } = secret;
    if (stringData) {
      const encoded = Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
      secret.data = { ...secret.data, ...Object.fromEntries(encoded) };
    }
    delete secret.stringData;
  },
  validate,
  validateUpdate: (next, previous) => [
    ...immutable(next.type, previous.type, path("type")),
    ...validateImmutable(next, previous, ["data"]),
  ],
  columns: [
    nameColumn,
    column("Type", "What the entries are for.", ({ type }) => type ?? ""),
    column("Data", "Number of entries.", ({ data }) => Object.keys(data ?? {}).length),
    ageColumn,
  ],
  selectableFields: ({ type }) => ({ type: type ?? "" }),
});
