/** A pod's volumes as directories of the node, and how containers see them. */
import { chmod, chown, mkdir, readdir, realpath, rm } from "node:fs/promises";
import { join, sep } from "node:path";
import type { Container, Pod, Volume } from "../../api/generated/types.ts";
import type { Logger } from "../../base/logger.ts";
import { expand } from "../environment/expand.ts";
import { errorText } from "../event-text.ts";
import type { Mount } from "../runtime/runtime.ts";
import { writeAtomically } from "./atomic-writer.ts";
import { prepareHostPath } from "./host-path.ts";
import { type PayloadSources, payloadOf } from "./payload.ts";

interface VolumeFailure {
  readonly volume: string;
  readonly message: string;
}

export interface VolumeManager {
  /** Makes all volumes ready, or brings their contents up to date. Resolves with what went wrong. */
  prepare(pod: Pod): Promise<readonly VolumeFailure[]>;
  /** @throws Error whose message `CreateContainerConfigError` shows */
  mountsOf(
    pod: Pod,
    container: Container,
    env: readonly { readonly name: string; readonly value: string }[],
  ): Promise<readonly Mount[]>;
  /** Does the pod have volumes whose contents may change while it runs? */
  changes(pod: Pod): boolean;
  /** UIDs of pods that something was made for. */
  known(): Promise<readonly string[]>;
  /** Removes what was made for the pod. */
  remove(podUid: string): Promise<void>;
}

export interface VolumeOptions {
  /** Where pods' directories go. Absent: sources are checked, but nothing is written (simulated pods). */
  readonly directory?: string;
  readonly sources: PayloadSources;
  readonly logger: Logger;
  /** Gives a file to the root of containers, and to one of their groups, where they have IDs of their own. */
  readonly own?: (path: string, group?: number) => Promise<void>;
}

const isContent = (v: Volume) => Boolean(v.configMap ?? v.secret ?? v.downwardAPI ?? v.projected);

/** The type of a volume: its only field beside the name. */
const typeOf = (volume: Volume): string => Object.keys(volume).find((key) => key !== "name") ?? "";

export function createVolumeManager({ directory, sources, logger, own }: VolumeOptions): VolumeManager {
  const pathOf = (uid: string, volume: Volume): string =>
    volume.hostPath?.path ?? join(directory ?? "/simulated", uid, "volumes", typeOf(volume), volume.name);

  const prepareOne = async (pod: Pod, volume: Volume): Promise<void> => {
    const path = pathOf(pod.metadata?.uid ?? "", volume);
    const payload = await payloadOf(pod, volume, sources);
    if (payload) {
      if (directory) await writeAtomically(path, payload, own);
    } else if (volume.hostPath) {
      if (directory) await prepareHostPath(volume.hostPath);
    } else if (volume.emptyDir) {
      if (directory) await makeEmptyDir(path, pod.spec?.securityContext?.fsGroup);
    } else throw new Error(`volumes of type "${typeOf(volume)}" are not supported on this node`);
  };

  const makeEmptyDir = async (path: string, fsGroup: number | undefined): Promise<void> => {
    await mkdir(path, { recursive: true });
    await chmod(path, fsGroup === undefined ? 0o777 : 0o2777);
    if (fsGroup === undefined) return own?.(path);
    await (own ? own(path, fsGroup) : chown(path, -1, fsGroup)).catch((error: unknown) =>
      logger.warn("a volume keeps its group, which this node cannot change", {
        path,
        fsGroup,
        error: errorText(error),
      }),
    );
  };

  return {
    async prepare(pod) {
      const failures: VolumeFailure[] = [];
      for (const volume of pod.spec?.volumes ?? []) {
        try {
          await prepareOne(pod, volume);
        } catch (error) {
          failures.push({ volume: volume.name, message: errorText(error) });
        }
      }
      return failures;
    },
    async mountsOf(pod, container, env) {
      const variables = new Map(env.map(({ name, value }) => [name, value]));
      const mounts: Mount[] = [];
      for (const mount of container.volumeMounts ?? []) {
        const volume = pod.spec?.volumes?.find((v) => v.name === mount.name);
        if (!volume) throw new Error(`cannot find volume "${mount.name}" to mount into container "${container.name}"`);
        let hostPath = pathOf(pod.metadata?.uid ?? "", volume);
        const subPath = mount.subPathExpr ? expand(mount.subPathExpr, (n) => variables.get(n)) : mount.subPath;
        if (subPath) hostPath = directory ? await subPathOf(hostPath, subPath) : join(hostPath, subPath);
        mounts.push({
          hostPath,
          containerPath: mount.mountPath,
          readOnly: Boolean(mount.readOnly) || isContent(volume),
        });
      }
      return mounts;
    },
    changes: (pod) => (pod.spec?.volumes ?? []).some(isContent),
    known: async () => (directory ? readdir(directory).catch(() => []) : []),
    async remove(podUid) {
      if (directory && podUid) await rm(join(directory, podUid), { recursive: true, force: true });
    },
  };
}

/** A path below a volume; made when it is not there; never outside, whatever links the volume holds. */
async function subPathOf(volume: string, subPath: string): Promise<string> {
  if (subPath.startsWith("/") || subPath.split("/").includes(".."))
    throw new Error(`subPath ${JSON.stringify(subPath)} must be a path below the volume`);
  const root = await realpath(volume);
  const wanted = join(root, subPath);
  const found = await realpath(wanted).catch(() => undefined);
  if (found === undefined) {
    // Only directories below the volume are made, so the parents must already lead there.
    await makeBelow(root, subPath.split("/"));
    return wanted;
  }
  if (found !== root && !found.startsWith(root + sep))
    throw new Error(`subPath ${JSON.stringify(subPath)} leads outside the volume`);
  return found;
}

async function makeBelow(root: string, parts: readonly string[]): Promise<void> {
  let path = root;
  for (const part of parts) {
    const next = join(path, part);
    const found = await realpath(next).catch(() => undefined);
    if (found !== undefined && found !== root && !found.startsWith(root + sep))
      throw new Error(`subPath ${JSON.stringify(parts.join("/"))} leads outside the volume`);
    if (found === undefined) await mkdir(next, { mode: 0o755 });
    path = found ?? next;
  }
}
