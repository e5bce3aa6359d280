// What is asked of large clusters, and what it is compared with.
export const size = {
  rollout: 1000,
  deployments: 600,
  podsEach: 10,
  nodes: 5000,
  pods: 10_000,
  /** No pods are added after so many milliseconds. */
  memory: { nodes: 5000, pods: 50_000, limitMs: 150_000 },
};

/** Milliseconds that a figure may take: a section that is under way for ever on a busy machine tells nothing. */
export const longest = 90_000;

const gate = (limit) => `KWOK's own gate ${limit}`;

/** What it is, what it is compared with, and its goal: a quarter of that. */
export const about = {
  rollout: [`rolling update of ${size.rollout} pods, a container starts in 1 s`, "", ""],
  deployments: [
    `${size.deployments} Deployments of ${size.podsEach} created at once, all pods Ready`,
    "KWOK, as its users report (kwok#1248): 2 min",
    "30 s",
  ],
  nodes: [`${size.nodes.toLocaleString("en")} nodes registered, all Ready`, gate("20 s"), "5 s"],
  created: [
    `${size.pods.toLocaleString("en")} pods created on nodes of their own choice, all running`,
    gate("20 s"),
    "5 s",
  ],
  deleted: [`${size.pods.toLocaleString("en")} pods deleted`, gate("30 s"), "7.5 s"],
  memory: [
    `memory with ${size.memory.nodes.toLocaleString("en")} nodes and ${size.memory.pods.toLocaleString("en")} pods`,
    "",
    "",
  ],
};
