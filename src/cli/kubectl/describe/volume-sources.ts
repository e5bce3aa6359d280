/** Where a volume comes from, in words. */
import type { PersistentVolumeSpec, ProjectedVolumeSource, Volume } from "../../../api/generated/types.ts";
import { compareQuantities, parseQuantity } from "../../../api/quantity.ts";
import { goText } from "../print/go/format.ts";
import { writeClaim } from "./claims.ts";
import { nested, type Writer } from "./writer.ts";

/** A source as it comes over the wire. */
type Fields = Readonly<Record<string, unknown>>;

/** What stands in front of the tab, and the value behind it. */
type Row = readonly [title: string, value: unknown];

export interface Source {
  readonly rows: readonly Row[];
  /** What goes deeper. */
  more?(w: Writer): void;
}

/** One line for each row; of what is not known, that. */
export function writeSource(w: Writer, source: Source | undefined): void {
  if (!source) w.write(1, "<unknown>\n");
  for (const [title, value] of source?.rows ?? []) w.write(2, `${title}\t${goText(value ?? "")}\n`);
  source?.more?.(w);
}

/** A Go structure that refers to a Secret, or the lack of it. */
function reference(of: unknown, type: string): string {
  const secret = of as { readonly name?: string; readonly namespace?: string } | undefined;
  if (!secret) return "nil";
  const namespace = type === "SecretReference" ? `Namespace:${secret.namespace ?? ""},` : "";
  return `&${type}{Name:${secret.name ?? ""},${namespace}}`;
}

const reads = (s: Fields): Row => ["ReadOnly:", s.readOnly ?? false];
/** What the source says of one of these, under that title. */
const plain = (s: Fields, titles: Readonly<Record<string, string>>): Row[] =>
  Object.entries(titles).map(([key, title]) => [`${title}:`, s[key]]);
const secretType = (persistent: boolean) => (persistent ? "SecretReference" : "LocalObjectReference");

/** In the order in which kubectl looks for them; by the name of the field. */
const makers: Readonly<
  Record<string, readonly [type: string, rows: (s: Fields, persistent: boolean) => readonly Row[]]>
> = {
  hostPath: [
    "HostPath (bare host directory volume)",
    (s) => [
      ["Path:", s.path],
      ["HostPathType:", s.type ?? "<none>"],
    ],
  ],
  emptyDir: [
    "EmptyDir (a temporary directory that shares a pod's lifetime)",
    (s) => [
      ["Medium:", s.medium],
      ["SizeLimit:", isPositive(s.sizeLimit as string | undefined) ? s.sizeLimit : "<unset>"],
    ],
  ],
  gcePersistentDisk: [
    "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)",
    (s) => [...plain(s, { pdName: "PDName", fsType: "FSType" }), ["Partition:", s.partition ?? 0], reads(s)],
  ],
  awsElasticBlockStore: [
    "AWSElasticBlockStore (a Persistent Disk resource in AWS)",
    (s) => [...plain(s, { volumeID: "VolumeID", fsType: "FSType" }), ["Partition:", s.partition ?? 0], reads(s)],
  ],
  gitRepo: [
    "GitRepo (a volume that is pulled from git when the pod is created)",
    (s) => plain(s, { repository: "Repository", revision: "Revision" }),
  ],
  secret: [
    "Secret (a volume populated by a Secret)",
    (s) => [
      ["SecretName:", s.secretName],
      ["Optional:", s.optional ?? false],
    ],
  ],
  configMap: [
    "ConfigMap (a volume populated by a ConfigMap)",
    (s) => [
      ["Name:", s.name],
      ["Optional:", s.optional ?? false],
    ],
  ],
  nfs: [
    "NFS (an NFS mount that lasts the lifetime of a pod)",
    (s) => [...plain(s, { server: "Server", path: "Path" }), reads(s)],
  ],
  iscsi: [
    "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
    (s, persistent) => [
      ...plain(s, { targetPortal: "TargetPortal", iqn: "IQN" }),
      ["Lun:", s.lun ?? 0],
      // Without a colon, as kubectl has it.
      ["ISCSIInterface", s.iscsiInterface],
      ["FSType:", s.fsType],
      reads(s),
      ["Portals:", s.portals ?? []],
      ["DiscoveryCHAPAuth:", s.chapAuthDiscovery ?? false],
      ["SessionCHAPAuth:", s.chapAuthSession ?? false],
      ["SecretRef:", reference(s.secretRef, secretType(persistent))],
      ["InitiatorName:", s.initiatorName ?? "<none>"],
    ],
  ],
  glusterfs: [
    "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
    (s, persistent) => [
      ["EndpointsName:", s.endpoints],
      ...(persistent ? [["EndpointsNamespace:", s.endpointsNamespace ?? "<unset>"] as const] : []),
      ["Path:", s.path],
      reads(s),
    ],
  ],
  persistentVolumeClaim: [
    "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
    (s) => [...plain(s, { claimName: "ClaimName" }), reads(s)],
  ],
  ephemeral: [
    "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)",
    () => [],
  ],
  rbd: [
    "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
    (s, persistent) => [
      ...plain(s, { monitors: "CephMonitors", image: "RBDImage", fsType: "FSType", pool: "RBDPool" }),
      ...plain(s, { user: "RadosUser", keyring: "Keyring" }),
      ["SecretRef:", reference(s.secretRef, secretType(persistent))],
      reads(s),
    ],
  ],
  quobyte: [
    "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)",
    (s) => [...plain(s, { registry: "Registry", volume: "Volume" }), reads(s)],
  ],
  downwardAPI: ["DownwardAPI (a volume populated by information about the pod)", () => []],
  azureDisk: [
    "AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)",
    (s) => [
      ...plain(s, { diskName: "DiskName", diskURI: "DiskURI" }),
      ["Kind: ", s.kind],
      ["FSType:", s.fsType],
      ["CachingMode:", s.cachingMode],
      reads(s),
    ],
  ],
  vsphereVolume: [
    "vSphereVolume (a Persistent Disk resource in vSphere)",
    (s) => plain(s, { volumePath: "VolumePath", fsType: "FSType", storagePolicyName: "StoragePolicyName" }),
  ],
  cinder: [
    "Cinder (a Persistent Disk resource in OpenStack)",
    (s, persistent) => [
      ...plain(s, { volumeID: "VolumeID", fsType: "FSType" }),
      reads(s),
      ["SecretRef:", reference(s.secretRef, secretType(persistent))],
    ],
  ],
  photonPersistentDisk: [
    "PhotonPersistentDisk (a Persistent Disk resource in photon platform)",
    (s) => plain(s, { pdID: "PdID", fsType: "FSType" }),
  ],
  portworxVolume: ["PortworxVolume (a Portworx Volume resource)", (s) => plain(s, { volumeID: "VolumeID" })],
  scaleIO: [
    "ScaleIO (a persistent volume backed by a block device in ScaleIO)",
    (s, persistent) => [
      ...plain(s, { gateway: "Gateway", system: "System", protectionDomain: "Protection Domain" }),
      ...plain(s, { storagePool: "Storage Pool", storageMode: "Storage Mode", volumeName: "VolumeName" }),
      ...(persistent ? plain((s.secretRef ?? {}) as Fields, { name: "SecretName", namespace: "SecretNamespace" }) : []),
      ...plain(s, { fsType: "FSType" }),
      reads(s),
    ],
  ],
  local: ["LocalVolume (a persistent volume backed by local storage on a node)", (s) => plain(s, { path: "Path" })],
  cephfs: [
    "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
    (s, persistent) => [
      ...plain(s, { monitors: "Monitors", path: "Path", user: "User", secretFile: "SecretFile" }),
      ["SecretRef:", reference(s.secretRef, secretType(persistent))],
      reads(s),
    ],
  ],
  storageos: [
    "StorageOS (a StorageOS Persistent Disk resource)",
    (s) => [...plain(s, { volumeName: "VolumeName", volumeNamespace: "VolumeNamespace", fsType: "FSType" }), reads(s)],
  ],
  fc: [
    "FC (a Fibre Channel disk)",
    (s) => [
      ["TargetWWNs:", ((s.targetWWNs ?? []) as string[]).join(", ")],
      ["LUN:", s.lun ?? "<none>"],
      ["FSType:", s.fsType],
      reads(s),
    ],
  ],
  azureFile: [
    "AzureFile (an Azure File Service mount on the host and bind mount to the pod)",
    (s, persistent) => [
      ...plain(s, { secretName: "SecretName" }),
      ...(persistent ? plain(s, { secretNamespace: "SecretNamespace" }) : []),
      ...plain(s, { shareName: "ShareName" }),
      reads(s),
    ],
  ],
  flexVolume: [
    "FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)",
    (s, persistent) => [
      ...plain(s, { driver: "Driver", fsType: "FSType" }),
      ["SecretRef:", reference(s.secretRef, secretType(persistent))],
      reads(s),
      ["Options:", s.options ?? {}],
    ],
  ],
  flocker: [
    "Flocker (a Flocker volume mounted by the Flocker agent)",
    (s) => plain(s, { datasetName: "DatasetName", datasetUUID: "DatasetUUID" }),
  ],
  projected: [
    "Projected (a volume that contains injected data from multiple sources)",
    (s) => projectedRows(s as unknown as ProjectedVolumeSource),
  ],
  csi: [
    "CSI (a Container Storage Interface (CSI) volume source)",
    (s, persistent) => [
      ...plain(s, { driver: "Driver", fsType: "FSType" }),
      ...(persistent ? plain(s, { volumeHandle: "VolumeHandle" }) : []),
      reads(s),
      ["VolumeAttributes:", attributesText(s.volumeAttributes as Record<string, string> | undefined)],
    ],
  ],
  image: [
    "Image (a container image or OCI artifact)",
    (s) => plain(s, { reference: "Reference", pullPolicy: "PullPolicy" }),
  ],
};

/** What only pods have: a PersistentVolume cannot be one of these. */
const ofPods = new Set([
  "emptyDir",
  "gitRepo",
  "secret",
  "configMap",
  "persistentVolumeClaim",
  "ephemeral",
  "downwardAPI",
  "projected",
  "image",
]);

export const volumeSource = (volume: Volume): Source | undefined => sourceOf(volume, false);
export const persistentSource = (spec: PersistentVolumeSpec): Source | undefined => sourceOf(spec, true);

function sourceOf(holder: object, persistent: boolean): Source | undefined {
  const held = holder as Fields;
  const name = Object.keys(makers).find((key) => held[key] && !(persistent && ofPods.has(key)));
  if (name === undefined) return undefined;
  const [type, rows] = makers[name] as (typeof makers)[string];
  const all = [["Type:", type] as const, ...rows(held[name] as Fields, persistent)];
  return { rows: all, more: (w) => writeMore(w, holder as Volume) };
}

function writeMore(w: Writer, { downwardAPI, ephemeral }: Volume): void {
  if (downwardAPI) {
    w.write(2, "Items:\n");
    for (const { path, fieldRef, resourceFieldRef } of downwardAPI.items ?? []) {
      if (fieldRef) w.write(3, `${fieldRef.fieldPath} -> ${path}\n`);
      if (resourceFieldRef) w.write(3, `${resourceFieldRef.resource} -> ${path}\n`);
    }
  }
  const template = ephemeral?.volumeClaimTemplate;
  if (template) writeClaim(nested(w, 2), template, false);
}

const isPositive = (size: string | undefined): boolean =>
  size !== undefined && compareQuantities(parseQuantity(size), parseQuantity("0")) > 0;

/** Each attribute and the tab in front of it carry the indentation of their own that kubectl gives them. */
function attributesText(attributes: Readonly<Record<string, string>> = {}): string {
  const lines = Object.keys(attributes)
    .sort()
    .map((key) => `    ${key}=${attributes[key]}`);
  return lines.length > 0 ? lines.join("\n        \t") : "<none>";
}

const projectedRows = ({ sources = [] }: ProjectedVolumeSource): Row[] =>
  sources.flatMap(({ secret, downwardAPI, configMap, serviceAccountToken }): Row[] => {
    if (secret) {
      return [
        ["SecretName:", secret.name],
        ["Optional:", secret.optional ?? false],
      ];
    }
    if (downwardAPI) return [["DownwardAPI:", "true"]];
    if (configMap) {
      return [
        ["ConfigMapName:", configMap.name],
        ["Optional:", configMap.optional ?? false],
      ];
    }
    return serviceAccountToken ? [["TokenExpirationSeconds:", serviceAccountToken.expirationSeconds]] : [];
  });
