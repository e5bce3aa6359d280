/** Other names, tags and digests for container images (api `filters/imagetag`, `internal/image`). */
import { editFields } from "./field-spec.ts";
import { goRegExp } from "./go-regexp.ts";
import type { FieldSpec, Image } from "./kustomization.ts";
import { demandKind, isMissingOrNull, type Node, newScalar, setScalar } from "./node.ts";
import type { Resource } from "./resource.ts";

export function setImages(resource: Resource, image: Image, specs: readonly FieldSpec[]): void {
  if (resource.kind === "CustomResourceDefinition") return;
  const pattern = goRegExp(`^${image.name ?? ""}(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$`);
  const set = (node: Node) => {
    demandKind(node, "scalar");
    if (pattern.test(node.value)) setScalar(node, newScalar(changed(node.value, image)));
  };
  inContainers(resource.node, set);
  editFields(resource, specs, { set });
}

/** The images of whatever is in a list named as those of containers are, in any kind of object. */
function inContainers(node: Node, set: (image: Node) => void): void {
  for (const item of node.kind === "seq" ? node.items : []) inContainers(item, set);
  for (const [key, value] of node.kind === "map" ? node.entries : []) {
    inContainers(value, set);
    if ((key.value !== "containers" && key.value !== "initContainers") || value.kind !== "seq") continue;
    for (const container of value.items) {
      if (isMissingOrNull(container)) continue;
      demandKind(container, "map");
      const image = container.get("image");
      if (image) set(image);
    }
  }
}

function changed(text: string, { newName, newTag, digest, tagSuffix }: Image): string {
  const old = split(text);
  const name = newName || old.name;
  let { tag, digest: sum } = old;
  if (newTag) [tag, sum] = [newTag, digest ?? ""];
  else if (digest) [tag, sum] = ["", digest];
  else if (tagSuffix) [tag, sum] = [tag + tagSuffix, ""];
  return `${name}${tag && `:${tag}`}${sum && `@${sum}`}`;
}

function split(image: string): { name: string; tag: string; digest: string } {
  // A colon in front of the first slash is that of a port.
  const slash = Math.max(image.indexOf("/"), 0);
  const [head, tail] = [image.slice(0, slash), image.slice(slash)];
  const at = tail.indexOf("@");
  const colon = tail.indexOf(":");
  if (at >= 0 && (colon < 0 || at < colon))
    return { name: head + tail.slice(0, at), tag: "", digest: tail.slice(at + 1) };
  if (colon < 0) return { name: image, tag: "", digest: "" };
  return {
    name: head + tail.slice(0, colon),
    tag: tail.slice(colon + 1, at < 0 ? undefined : at),
    digest: at < 0 ? "" : tail.slice(at + 1),
  };
}
