/** A file of the web, asked for as often as kubectl asks (cli-runtime's `URLVisitor`). */
import { systemClock as clock } from "../../../base/clock.ts";
import { WebError, webGet } from "../../../client/http/web.ts";
import { ContentError } from "./command.ts";

const attempts = 3;
/** Milliseconds. */
const pause = 1000;

/** @throws ContentError that says why the last attempt failed */
export async function readWebFile(url: string, env: NodeJS.ProcessEnv): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const answer = await ask(url, env);
    if ("text" in answer) return answer.text;
    if (!answer.passing || attempt === attempts) throw new ContentError(answer.problem);
    await clock.sleep(pause);
  }
}

interface Failure {
  readonly problem: string;
  /** May another attempt find it gone? Whatever keeps an answer from coming may pass, and what the server blames itself for. */
  readonly passing: boolean;
}

async function ask(url: string, env: NodeJS.ProcessEnv): Promise<{ readonly text: string } | Failure> {
  try {
    const { status, statusText, body } = await webGet(url, { env });
    if (status === 200) return { text: body.toString() };
    const reported = `server reported ${status} ${statusText}, status code=${status}`;
    return { problem: `unable to read URL "${url}", ${reported}`, passing: status >= 500 && status < 600 };
  } catch (error) {
    if (!(error instanceof WebError)) throw error;
    if (error.answered) return { problem: `error parsing ${url}: ${error.message}`, passing: false };
    const refused = `The connection to the server ${new URL(error.url, url).host} was refused - did you specify the right host or port?`;
    const problem = error.code === "ECONNREFUSED" ? refused : `Unable to connect to the server: ${error.message}`;
    return { problem, passing: true };
  }
}
