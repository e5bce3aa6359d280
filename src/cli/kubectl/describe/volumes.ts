/** The volumes of a pod or a pod template. */
import type { Volume } from "../../../api/generated/types.ts";
import { volumeSource, writeSource } from "./volume-sources.ts";
import type { DescriptionWriter } from "./writer.ts";

/** @param indent what stands in front of the title: two spaces within a pod template */
export function writeVolumes(w: DescriptionWriter, volumes: readonly Volume[] | undefined, indent: string): void {
  if (!volumes?.length) {
    w.write(0, `${indent}Volumes:\t<none>\n`);
    return;
  }
  w.write(0, `${indent}Volumes:\n`);
  for (const volume of volumes) {
    w.write(1, `${indent ? " " : ""}${volume.name}:\n`);
    writeSource(w, volumeSource(volume));
  }
}
