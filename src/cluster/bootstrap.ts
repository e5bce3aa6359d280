/** What every cluster holds from the start, as upstream: system namespaces, the `kubernetes` Service, `kube-dns`. */
import type { EndpointSlice, Endpoints, Namespace, Service } from "../api/generated/types.ts";
import type { KindRef, KubeObject } from "../api/kind.ts";
import { isNotFound } from "../base/errors.ts";
import type { Client } from "../client/client.ts";
import { endpointSlices, endpoints, namespaces, services } from "../client/kinds.ts";

const systemNamespaces = ["default", "kube-system", "kube-public", "kube-node-lease"] as const;

/** Cluster IPs that are the same in every cluster. */
const kubernetesIP = "10.96.0.1";
export const dnsIP = "10.96.0.10";
export const clusterDomain = "cluster.local";
/** Where the API server answers inside nodes. */
export const apiServerPort = 6443;

async function ensure<T extends KubeObject>(client: Client, kind: KindRef<T>, object: T): Promise<void> {
  const { namespace = "", name = "" } = object.metadata ?? {};
  try {
    await client.get(kind, { namespace, name });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await client.create(kind, object);
  }
}

/** Creates what is missing; changes nothing that is there. */
export async function bootstrap(client: Client): Promise<void> {
  await Promise.all(systemNamespaces.map((name) => ensure<Namespace>(client, namespaces, { metadata: { name } })));
  await Promise.all([
    ensure<Service>(client, services, {
      metadata: {
        namespace: "default",
        name: "kubernetes",
        labels: { component: "apiserver", provider: "kubernetes" },
      },
      spec: {
        clusterIP: kubernetesIP,
        ipFamilyPolicy: "SingleStack",
        ports: [{ name: "https", protocol: "TCP", port: 443, targetPort: apiServerPort }],
      },
    }),
    ensure<Service>(client, services, {
      metadata: {
        namespace: "kube-system",
        name: "kube-dns",
        labels: { "k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS" },
      },
      spec: {
        clusterIP: dnsIP,
        // Every node answers for itself.
        internalTrafficPolicy: "Local",
        ports: [
          { name: "dns", protocol: "UDP", port: 53, targetPort: 53 },
          { name: "dns-tcp", protocol: "TCP", port: 53, targetPort: 53 },
        ],
      },
    }),
  ]);
}

export interface NodeEndpoint {
  readonly nodeName: string;
  readonly address: string;
}

/** Publishes where `kubernetes` and `kube-dns` are answered: on every node. */
export async function publishNodeEndpoints(client: Client, nodes: readonly NodeEndpoint[]): Promise<void> {
  const slice = (namespace: string, service: string, ports: EndpointSlice["ports"]): EndpointSlice => ({
    metadata: { namespace, name: service, labels: { "kubernetes.io/service-name": service } },
    addressType: "IPv4",
    ports,
    endpoints: nodes.map(({ nodeName, address }) => ({
      addresses: [address],
      conditions: { ready: true },
      nodeName,
    })),
  });
  const legacy = (namespace: string, name: string, ports: NonNullable<EndpointSlice["ports"]>): Endpoints => ({
    metadata: { namespace, name, labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
    subsets: [
      {
        addresses: nodes.map(({ address, nodeName }) => ({ ip: address, nodeName })),
        ports: ports.map(({ name: port, port: number = 0, protocol }) => ({ name: port, port: number, protocol })),
      },
    ],
  });
  const api = [{ name: "https", port: apiServerPort, protocol: "TCP" }];
  const dns = [
    { name: "dns", port: 53, protocol: "UDP" },
    { name: "dns-tcp", port: 53, protocol: "TCP" },
  ];
  await Promise.all([
    replace(client, endpointSlices, slice("default", "kubernetes", api)),
    replace(client, endpoints, legacy("default", "kubernetes", api)),
    replace(client, endpointSlices, slice("kube-system", "kube-dns", dns)),
    replace(client, endpoints, legacy("kube-system", "kube-dns", dns)),
  ]);
}

/** Makes the object be like this, whatever was there. */
async function replace<T extends KubeObject>(client: Client, kind: KindRef<T>, object: T): Promise<void> {
  const { namespace = "", name = "" } = object.metadata ?? {};
  try {
    const current = await client.get(kind, { namespace, name });
    const resourceVersion = current.metadata?.resourceVersion;
    await client.update(kind, { ...object, metadata: { ...object.metadata, resourceVersion } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await client.create(kind, object);
  }
}
