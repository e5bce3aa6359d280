import type { ConfigMap, Secret } from "../../api/generated/types.ts";
import { isNotFound } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import { configMaps, secrets } from "../../client/kinds.ts";

/** Where variables and volumes take their contents from. */
export interface ContentSources {
  /** @returns undefined when there is none of that name */
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<Secret | undefined>;
}

/** Reads afresh each time: what a container starts with is what was there when it started. */
export function createContentSources(client: Client): ContentSources {
  const orUndefined = async <T>(read: Promise<T>): Promise<T | undefined> => {
    try {
      return await read;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
  return {
    configMap: (namespace, name) => orUndefined(client.get(configMaps, { namespace, name })),
    secret: (namespace, name) => orUndefined(client.get(secrets, { namespace, name })),
  };
}

/** A Secret's value, which the API carries in base64. */
export const secretBytes = (value: string): Uint8Array => Buffer.from(value, "base64");
