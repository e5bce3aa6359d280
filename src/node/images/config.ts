/** The part of an OCI image configuration that running and building need. */
export interface ImageConfig {
  readonly architecture: string;
  readonly os: string;
  readonly created?: string;
  readonly config: ProcessConfig;
  readonly rootfs: { readonly type: "layers"; readonly diff_ids: readonly string[] };
  readonly history?: readonly {
    readonly created_by?: string;
    readonly empty_layer?: boolean;
    readonly created?: string;
  }[];
}

export interface ProcessConfig {
  readonly User?: string;
  readonly Env?: readonly string[] | null;
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly WorkingDir?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>> | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly StopSignal?: string;
}

/** An image as it is stored: `images/<hex>.json`. */
export interface ImageRecord {
  readonly id: string;
  readonly config: ImageConfig;
  /** Names of the unpacked layers, lowest first. */
  readonly layers: readonly string[];
  readonly sizeBytes: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** An image made ready to run. */
export interface ResolvedImage extends ImageRecord {
  /** Directories of the unpacked layers, topmost first, as overlayfs wants them. */
  readonly directories: readonly string[];
  readonly tags: readonly string[];
  readonly digests: readonly string[];
}
