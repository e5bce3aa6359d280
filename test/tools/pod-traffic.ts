/** A pod that sends requests, each on a connection of its own, and writes to its log what became of them. */

const program = (url: string, perSecond: number) => `
const { get } = require("node:http");
let served = 0, failed = 0, sent = 0;
const began = performance.now();
const fail = (why) => { failed++; console.log("FAILED " + why); };
const send = () => {
  let done = false;
  const once = (settle) => { if (!done) { done = true; settle(); } };
  const request = get("${url}", { agent: false, timeout: 5000 }, (response) => {
    let text = "";
    response.on("data", (chunk) => { text += chunk; });
    response.on("end", () => once(() => {
      if (response.statusCode === 200 && /version/.test(text)) served++;
      else fail("status " + response.statusCode);
    }));
    response.on("error", (error) => once(() => fail(error.code)));
  });
  request.on("timeout", () => request.destroy(new Error("timeout")));
  request.on("error", (error) => once(() => fail(error.code ?? error.message)));
};
setInterval(() => { for (; sent < (performance.now() - began) / 1000 * ${perSecond}; sent++) send(); }, 20);
setInterval(() => console.log("served " + served + " failed " + failed), 200);
`;

/** The pod's manifest. */
export const trafficPod = (name: string, url: string, perSecond: number): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: "traffic",
          image: "wherry/node",
          imagePullPolicy: "IfNotPresent",
          command: ["node", "-e", program(url, perSecond)],
        },
      ],
    },
  });

/** What its log says so far. */
export const trafficOf = (log: string): { served: number; failures: string[] } => ({
  served: Number([...log.matchAll(/^served (\d+)/gm)].at(-1)?.[1] ?? 0),
  failures: log.split("\n").filter((line) => line.startsWith("FAILED")),
});
