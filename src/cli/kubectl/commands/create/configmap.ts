import { isUtf8 } from "node:buffer";
import { checkConfigKey } from "../../../../api/names.ts";
import { CommandError } from "../../core/command.ts";
import { addEnvFiles, addFiles, addLiterals, checkSources, keySourceFlags } from "./key-sources.ts";
import { nameHash } from "./name-hash.ts";
import { createCommand } from "./shared.ts";

export const createConfigMapCommand = createCommand({
  name: "configmap",
  use: "NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none] [flags]",
  short: "Create a config map from a local file, directory or literal value.",
  flags: keySourceFlags("configmap"),
  failure: "failed to create configmap: ",
  build(invocation, name) {
    const { flags } = invocation;
    checkSources(invocation);
    const data: Record<string, string> = {};
    const binaryData: Record<string, string> = {};
    const add = (key: string, bytes: Buffer) => {
      const problems = checkConfigKey(key);
      if (problems.length > 0)
        throw new CommandError(`${JSON.stringify(key)} is not a valid key name for a ConfigMap: ${problems.join(",")}`);
      const place = key in data ? "Data" : key in binaryData ? "BinaryData" : undefined;
      if (place) {
        const quoted = `${JSON.stringify(key)}, another key by that name already exists in ${place}`;
        throw new CommandError(`cannot add key ${quoted} for ConfigMap ${JSON.stringify(name)}`);
      }
      if (isUtf8(bytes)) data[key] = bytes.toString();
      else binaryData[key] = bytes.toString("base64");
    };
    addFiles(flags.list("from-file"), add);
    addLiterals(flags.list("from-literal"), add);
    addEnvFiles(flags.list("from-env-file"), "config", invocation, add);
    const binary = Object.keys(binaryData).length > 0 ? { binaryData } : {};
    const suffix = flags.bool("append-hash") ? `-${nameHash({ kind: "ConfigMap", name, data, ...binary })}` : "";
    return {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: `${name}${suffix}` },
      ...(Object.keys(data).length > 0 ? { data } : {}),
      ...binary,
    };
  },
});
