import { once } from "node:events";
import { createReadStream, existsSync, statSync, watch } from "node:fs";
import { dirname } from "node:path";
import { clusterPaths } from "../../cluster/paths.ts";
import { readRecord } from "../../cluster/record.ts";
import type { CliIo } from "../io.ts";

/** Copies a log file to standard output, and goes on while it grows if asked to. */
export async function logs(options: { name: string; node?: string; follow?: boolean }, io: CliIo): Promise<number> {
  if (!readRecord(options.name, io.env)) throw new Error(`there is no cluster "${options.name}"`);
  const paths = clusterPaths(options.name, io.env);
  const file = options.node ? paths.node(options.node).log : paths.log;
  if (!existsSync(file)) throw new Error(`there is no log of node "${options.node}" in cluster "${options.name}"`);
  let offset = 0;
  const copy = async () => {
    const end = statSync(file).size;
    if (end <= offset) return;
    const stream = createReadStream(file, { start: offset, end: end - 1 });
    offset = end;
    stream.pipe(io.stdout, { end: false });
    await once(stream, "end");
  };
  await copy();
  if (!options.follow) return 0;
  for await (const _ of changes(dirname(file))) await copy();
  return 0;
}

/** Yields whenever something in the directory changes. */
async function* changes(dir: string): AsyncGenerator<void> {
  const watcher = watch(dir);
  try {
    while (true) {
      await once(watcher, "change");
      yield;
    }
  } finally {
    watcher.close();
  }
}
