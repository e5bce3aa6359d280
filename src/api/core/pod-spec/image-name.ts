/** The tag of an image reference; `latest` when it names neither tag nor digest, empty with a digest alone. */
function imageTag(image: string): string {
  const [name = "", digest] = image.split("@", 2);
  const last = name.slice(name.lastIndexOf("/") + 1);
  const colon = last.indexOf(":");
  if (colon >= 0) return last.slice(colon + 1);
  return digest === undefined ? "latest" : "";
}

export const defaultPullPolicy = (image: string | undefined): string =>
  imageTag(image ?? "") === "latest" ? "Always" : "IfNotPresent";
