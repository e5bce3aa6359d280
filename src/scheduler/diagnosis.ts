/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.` Pure. */
export function explain(nodes: number, reasonsOfNodes: Iterable<readonly string[]>): string {
  const counts = new Map<string, number>();
  for (const reasons of reasonsOfNodes) for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const parts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodes} nodes are available: ${parts.join(", ")}.`;
}
