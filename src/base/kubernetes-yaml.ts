/** How Kubernetes reads YAML: 1.1 booleans and merge keys, but no timestamps, sexagesimal times or binary. */
import type { CollectionTag, DocumentOptions, ParseOptions, ScalarTag, SchemaOptions, Tags } from "yaml";

const notKubernetes = new Set(["tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:binary"]);

export const kubernetesYaml: ParseOptions & DocumentOptions & SchemaOptions = {
  version: "1.1",
  merge: true,
  logLevel: "silent",
  customTags: (tags: Tags): Tags =>
    tags.filter(
      (tag: string | ScalarTag | CollectionTag) =>
        typeof tag === "string" || (!notKubernetes.has(tag.tag) && tag.format !== "TIME"),
    ) as Tags,
};
