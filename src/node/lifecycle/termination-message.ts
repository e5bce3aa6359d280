/** `terminationMessagePolicy: FallbackToLogsOnError`: a container that failed without a message shows its last words. */
import type { Pod } from "../../api/generated/types.ts";
import type { PodState } from "../pod-state.ts";
import type { ContainerStatus, Runtime } from "../runtime/runtime.ts";

const mostLines = 80;
const mostBytes = 2048;

/** @param known messages found before, by container id; grows */
export async function withFallbackMessages(
  runtime: Runtime,
  pod: Pod,
  state: PodState,
  known: Map<string, string>,
): Promise<PodState> {
  const isSilent = ({ state, exitCode, message }: ContainerStatus) => state === "exited" && exitCode !== 0 && !message;
  if (!state.containers.some(isSilent)) return state;
  const falling = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
    .filter((c) => c.terminationMessagePolicy === "FallbackToLogsOnError")
    .map((c) => c.name);
  if (falling.length === 0) return state;
  const containers = await Promise.all(
    state.containers.map(async (container) => {
      const { id, config } = container;
      if (!isSilent(container) || !falling.includes(config.name)) return container;
      const text = known.get(id) ?? (await lastWords(runtime, id));
      known.set(id, text);
      return text ? { ...container, message: text } : container;
    }),
  );
  return { ...state, containers };
}

async function lastWords(runtime: Runtime, id: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of runtime.logs(id, { tailLines: mostLines })) chunks.push(chunk);
  } catch (error) {
    return `Error on reading termination message from logs: ${error instanceof Error ? error.message : error}`;
  }
  return Buffer.concat(chunks).subarray(-mostBytes).toString();
}
