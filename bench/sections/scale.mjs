// Large clusters on simulated nodes: in process, in the cluster's own time; and over HTTP, in real time.
//   npm run bench -- scale         both
//   npm run bench -- scale-http    one of them: scale-http or scale-in-process
import { measure as overHttp } from "./scale-http.mjs";
import { measure as inProcess } from "./scale-in-process.mjs";

export async function measure(row) {
  await inProcess(row);
  await overHttp(row);
}
