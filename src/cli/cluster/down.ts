import { stopCluster } from "../../cluster/stop.ts";
import type { CliIo } from "../io.ts";

export async function down(options: { name: string; keepData?: boolean }, io: CliIo): Promise<number> {
  const found = await stopCluster(options.name, { keepData: options.keepData ?? false }, io.env);
  if (!found) throw new Error(`there is no cluster "${options.name}"`);
  io.stdout.write(`cluster "${options.name}" is down${options.keepData ? "; its data is kept" : ""}\n`);
  return 0;
}
