import type {
  LabelSelector,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from "../../../api/generated/types.ts";
import { selectorText } from "../core/selectors.ts";
import type { Describer } from "./describer.ts";
import { writeAnnotations, writeLabels } from "./multiline.ts";
import { goTime } from "./times.ts";
import { DescriptionWriter, type Writer } from "./writer.ts";

const selectorOrNone = (selector: LabelSelector): string => selectorText(selector) || "<none>";

export const describeNetworkPolicy: Describer<NetworkPolicy> = async ({ metadata = {}, spec }) => {
  const w = new DescriptionWriter();
  w.write(0, `Name:\t${metadata.name}\n`);
  w.write(0, `Namespace:\t${metadata.namespace}\n`);
  w.write(0, `Created on:\t${goTime(metadata.creationTimestamp)}\n`);
  writeLabels(w, "Labels", metadata.labels);
  writeAnnotations(w, "Annotations", metadata.annotations);
  const { podSelector = {}, policyTypes = [], ingress = [], egress = [] } = spec ?? {};
  w.write(0, "Spec:\n");
  w.write(1, "PodSelector: ");
  const everyPod = "<none> (Allowing the specific traffic to all pods in this namespace)";
  w.write(2, `${selectorText(podSelector) || everyPod}\n`);
  if (policyTypes.includes("Ingress")) {
    w.write(1, "Allowing ingress traffic:\n");
    writeRules(
      w,
      "ingress",
      "From",
      "source",
      ingress.map(({ ports, from }) => ({ ports, peers: from })),
    );
  } else w.write(1, "Not affecting ingress traffic\n");
  if (policyTypes.includes("Egress")) {
    w.write(1, "Allowing egress traffic:\n");
    writeRules(
      w,
      "egress",
      "To",
      "destination",
      egress.map(({ ports, to }) => ({ ports, peers: to })),
    );
  } else w.write(1, "Not affecting egress traffic\n");
  w.write(1, `Policy Types: ${policyTypes.join(", ") || "<none>"}\n`);
  return w.text();
};

interface Rule {
  readonly ports: readonly NetworkPolicyPort[] | undefined;
  readonly peers: readonly NetworkPolicyPeer[] | undefined;
}

function writeRules(w: Writer, way: string, word: string, side: string, rules: readonly Rule[]): void {
  const line = (level: number, text: string) => w.write(level, `    ${text}\n`);
  if (rules.length === 0) line(0, `<none> (Selected pods are isolated for ${way} connectivity)`);
  rules.forEach(({ ports = [], peers = [] }, i) => {
    if (i > 0) line(0, "----------");
    if (ports.length === 0) line(0, "To Port: <any> (traffic allowed to all ports)");
    for (const { port, endPort, protocol = "TCP" } of ports) {
      // What has no port is any of the protocol: kubectl shows the pointer that is not there.
      const first = port ?? "<nil>";
      line(
        0,
        endPort === undefined ? `To Port: ${first}/${protocol}` : `To Port Range: ${first}-${endPort}/${protocol}`,
      );
    }
    if (peers.length === 0) line(0, `${word}: <any> (traffic not restricted by ${side})`);
    for (const { namespaceSelector, podSelector, ipBlock } of peers) {
      line(0, `${word}:`);
      if (namespaceSelector) line(1, `NamespaceSelector: ${selectorOrNone(namespaceSelector)}`);
      if (podSelector) line(1, `PodSelector: ${selectorOrNone(podSelector)}`);
      if (namespaceSelector || podSelector || !ipBlock) continue;
      line(1, "IPBlock:");
      line(2, `CIDR: ${ipBlock.cidr}`);
      line(2, `Except: ${(ipBlock.except ?? []).join(", ")}`);
    }
  });
}
