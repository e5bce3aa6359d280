/**
 * How Kubernetes reads YAML: 1.1 booleans and merge keys, but no timestamps, sexagesimal times or binary, and numbers only
 * where there is a digit in front of the exponent (the library would take `e5` for one).
 */
import type { CollectionTag, DocumentOptions, ParseOptions, ScalarTag, SchemaOptions, Tags } from "yaml";

const notKubernetes = new Set(["tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:binary"]);
const mantissa = String.raw`[-+]?(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)`;
const exponent = new RegExp(`^${mantissa}[eE][-+]?\\d+$`);
const decimal = new RegExp(`^${mantissa}$`);

type Tag = string | ScalarTag | CollectionTag;

function asKubernetes(tag: Tag): Tag[] {
  if (typeof tag === "string") return [tag];
  if (notKubernetes.has(tag.tag) || tag.format === "TIME") return [];
  if (tag.tag !== "tag:yaml.org,2002:float" || tag.collection) return [tag];
  const test = tag.test?.test("1e5") ? exponent : tag.test?.test("1.5") ? decimal : undefined;
  return [test ? { ...tag, test } : tag];
}

export const kubernetesYaml: ParseOptions & DocumentOptions & SchemaOptions = {
  version: "1.1",
  merge: true,
  logLevel: "silent",
  customTags: (tags: Tags): Tags => tags.flatMap((tag: Tag) => asKubernetes(tag)) as Tags,
};
