/** The JSON documents of images: OCI's, and Docker's that mean the same. */
export interface Descriptor {
  readonly mediaType?: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: { readonly architecture: string; readonly os: string; readonly variant?: string };
}

export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface Index {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly manifests: readonly Descriptor[];
}

export const manifestTypes = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];

export const platform = { os: "linux", architecture: process.arch === "x64" ? "amd64" : process.arch };

export const isIndex = (document: Manifest | Index): document is Index => "manifests" in document;

/** The manifest of this machine's platform. @throws Error as containerd words it */
export function pickPlatform(index: Index): Descriptor {
  const images = index.manifests.filter((m) => m.annotations?.["vnd.docker.reference.type"] === undefined);
  const found =
    images.find((m) => m.platform?.os === platform.os && m.platform.architecture === platform.architecture) ??
    (images.length === 1 && !images[0]?.platform ? images[0] : undefined);
  if (!found) throw new Error(`no match for platform in manifest: ${platform.os}/${platform.architecture}`);
  return found;
}
