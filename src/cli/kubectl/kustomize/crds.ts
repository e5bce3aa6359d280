/** `crds`: OpenAPI definitions of custom kinds that mark which of their fields hold names, labels or annotations. */
import { within } from "./failure.ts";
import type { FieldSpec } from "./kustomization.ts";
import type { Loader } from "./loader.ts";
import type { Value } from "./node-json.ts";
import { emptyConfig, mergeConfigs, type TransformerConfig } from "./transformer-config.ts";
import { yamlToJson } from "./yaml-to-json.ts";

type Json = { readonly [key: string]: Value };
const object = (value: Value | undefined): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
const text = (value: Value | undefined): string | undefined => (typeof value === "string" ? value : undefined);

export async function loadCrds(loader: Loader, paths: readonly string[]): Promise<TransformerConfig> {
  let config = emptyConfig;
  for (const path of paths) {
    const source = await loader.text(path);
    const definitions = await within(`unable to parse open API definition from '${path}'`, () =>
      object(yamlToJson(source, "error converting YAML to JSON: yaml: ")),
    );
    for (const name of Object.keys(definitions)) {
      const properties = propertiesOf(definitions, name);
      if (!["kind", "apiVersion", "metadata"].every((field) => field in properties)) continue;
      const kind = name.split(".").at(-1) ?? "";
      for (const found of fieldsOf(definitions, name, kind, [])) config = mergeConfigs(config, found);
    }
  }
  return config;
}

function propertiesOf(definitions: Json, name: string): Json {
  const definition = object(definitions[name]);
  return object(object(definition.Schema ?? definition.schema).properties);
}

function* fieldsOf(
  definitions: Json,
  name: string,
  kind: string,
  path: readonly string[],
): Generator<TransformerConfig> {
  for (const [property, value] of Object.entries(propertiesOf(definitions, name))) {
    const schema = object(value);
    const spec = (...more: string[]): FieldSpec => ({ kind, path: [...path, property, ...more].join("/") });
    const marked = (mark: string) => text(schema[`x-kubernetes-${mark}`]);
    if (marked("annotation") !== undefined) yield { ...emptyConfig, commonAnnotations: [spec()] };
    if (marked("label-selector") !== undefined) yield { ...emptyConfig, commonLabels: [spec()] };
    if (marked("identity") !== undefined) yield { ...emptyConfig, namePrefix: [spec()] };
    const [version, target] = [marked("object-ref-api-version"), marked("object-ref-kind")];
    if (version !== undefined && target !== undefined) {
      const fieldSpecs = [spec(marked("object-ref-name-key") ?? "name")];
      yield { ...emptyConfig, nameReference: [{ version, kind: target, fieldSpecs }] };
    }
    const ref = text(schema.$ref);
    if (ref) yield* fieldsOf(definitions, ref, kind, [...path, property]);
  }
}
