import { ageColumn, column, nameColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { type FieldError, invalidValue, path, tooLong } from "../field.ts";
import type { ConfigMap } from "../generated/types.ts";
import type { Kind } from "../kind.ts";
import { checked } from "../metadata.ts";
import { checkConfigKey } from "../names.ts";
import { bytesMax, decodedLength, validateImmutable } from "./data.ts";

function validate({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(data)) {
    const at = path("data").entry(key);
    errors.push(...checked(at, key, checkConfigKey));
    if (Object.hasOwn(binaryData, key)) errors.push(invalidValue(at, key, "duplicate of key present in binaryData"));
    bytes += Buffer.byteLength(value);
  }
  for (const [key, value] of Object.entries(binaryData)) {
    errors.push(...checked(path("binaryData").entry(key), key, checkConfigKey));
    bytes += decodedLength(value);
  }
  if (bytes > bytesMax) errors.push(tooLong(path(), bytesMax));
  return errors;
}

export const configMapKind: Kind<ConfigMap> = defineKind<ConfigMap>({
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
  schemaType: "io.k8s.api.core.v1.ConfigMap",
  shortNames: ["cm"],
  validate,
  validateUpdate: (next, previous) => validateImmutable(next, previous, ["data", "binaryData"]),
  columns: [
    nameColumn,
    column(
      "Data",
      "Number of entries.",
      ({ data, binaryData }) => Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
    ),
    ageColumn,
  ],
});
