/** One controller alone over the real registry, for tests of what goes wrong on its way. */
import { StatusError } from "../base/errors.ts";
import type { Client } from "../client/client.ts";
import { createInformerFactory } from "../client/informer.ts";
import { events, pods } from "../client/kinds.ts";
import type { ControllerFactory } from "../controllers/controller.ts";
import { type Call, intercepted } from "./intercept.ts";
import { createTestPlane, type TestPlane } from "./test-plane.ts";

/**
 * Starts the controller on a control plane of its own.
 * @param before sees the controller's calls, and may refuse or hold them
 * @param through what stands between the controller and all it reads and writes
 */
export type StartController = (
  before?: (call: Call) => void | Promise<void>,
  through?: (client: Client) => Client,
) => Promise<TestPlane>;

/**
 * What is started ends after each test of the file.
 * @param afterEach the test runner's
 * @param prepare is done before the controller starts
 */
export function controllerStarts(
  afterEach: (end: () => Promise<void>) => void,
  factory: ControllerFactory,
  prepare: (plane: TestPlane) => Promise<void> = async () => {},
): StartController {
  const running: { stop(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of running.splice(0).reverse()) await one.stop();
  });
  return async (before = () => {}, through = (client) => client) => {
    const plane = await createTestPlane();
    await prepare(plane);
    const client = through(intercepted(plane.client, before));
    const informers = createInformerFactory({ ...plane, client });
    const part = factory({ ...plane, client, informers });
    running.push(plane, informers, part);
    await part.start();
    return plane;
  };
}

export const podsOf = async (plane: TestPlane) => (await plane.client.list(pods, { namespace: "default" })).items;

/**
 * All that was said: `replicaset-controller Normal SuccessfulCreate: Created pod: web-x`.
 * @param owner whose pods' names end in letters that are told as `x`
 */
export async function said(plane: TestPlane, owner?: string): Promise<string[]> {
  await plane.events.flush();
  const { items } = await plane.client.list(events, { namespace: "default" });
  return items.map(({ type, reason, message = "", source }) => {
    const text = owner === undefined ? message : message.replace(new RegExp(`${owner}-\\w{5}`, "g"), `${owner}-x`);
    return `${source?.component} ${type} ${reason}: ${text}`;
  });
}

export const refused = new StatusError(403, "Forbidden", "no more");
export const isCall = (verb: Call["verb"], kind: string) => (call: Call) => call.verb === verb && call.kind === kind;
