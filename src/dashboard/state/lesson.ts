/** The lesson that is being played: where it stands, and what its steps do. */
import { effect, signal } from "@preact/signals";
import type { Service } from "../../api/generated/types.ts";
import { isAlreadyExists, isNotFound } from "../../base/errors.ts";
import { deployments, namespaces, pods, replicaSets, services } from "../../client/kinds.ts";
import { client } from "../connection/api.ts";
import {
  containerOf,
  type LessonImages,
  type LessonStep,
  type LessonView,
  lessonDeployment,
  lessonName,
  lessonNamespace,
  lessonService,
  lessonSteps,
} from "../model/lesson.ts";
import { setImages, undoTo } from "./actions.ts";
import { isLoading, live } from "./cluster.ts";
import { rolloutView } from "./rollouts.ts";

const fieldManager = "wherry-dashboard";
const kept = "wherry.lesson";

const read = (): number => {
  const n = Number(sessionStorage.getItem(kept));
  return Number.isInteger(n) && n >= 0 && n < lessonSteps.length ? n : 0;
};

/** Index of the step; a reload of the page goes on with it. */
export const lessonAt = signal(read());
effect(() => sessionStorage.setItem(kept, String(lessonAt.value)));

/** What there is of it now. Reactive. */
export function lessonView(): LessonView {
  const key = `${lessonNamespace}/${lessonName}`;
  const view = rolloutView("deployments", key);
  return {
    known: !isLoading(namespaces, deployments, replicaSets, pods, services),
    namespace: live(namespaces).get(lessonNamespace) !== undefined,
    rollout: view?.of,
    findings: view?.findings ?? [],
    state: view?.state,
    service: live(services).get(key) as Service | undefined,
  };
}

const unlessThere = async (create: Promise<unknown>): Promise<void> => {
  try {
    await create;
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
};

/**
 * Does what the step's command does.
 * @returns what kubectl would print
 * @throws the server's `StatusError`, or why the step cannot be done
 */
export async function runStep(step: LessonStep, images: LessonImages): Promise<string> {
  const { rollout: of } = lessonView();
  const container = containerOf(images.first);
  const there = () => {
    if (!of) throw new Error(`there is no deployment ${lessonName} in namespace ${lessonNamespace}: begin again`);
    return of;
  };
  switch (step) {
    case "deploy": {
      await unlessThere(
        client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: lessonNamespace } }),
      );
      await client.create(deployments, lessonDeployment(images), { fieldManager });
      return `deployment.apps/${lessonName} created`;
    }
    case "expose":
      await client.create(services, lessonService(images), { fieldManager });
      return `service/${lessonName} exposed`;
    case "update":
    case "break": {
      const image = step === "update" ? images.second : images.missing;
      await setImages(there().workload, new Map([[container, image]]));
      return `deployment.apps/${lessonName} image updated`;
    }
    case "undo":
    case "revision": {
      const { workload, revisions } = there();
      const to =
        step === "undo"
          ? revisions.filter(({ current }) => !current)[0]
          : revisions.find(({ images: own }) => own.includes(images.first));
      if (!to) throw new Error("the revision to go back to is not kept any more");
      await undoTo(workload, to);
      return `deployment.apps/${lessonName} rolled back`;
    }
    case "why":
    case "history":
      return "";
    case "cleanup":
      try {
        await client.delete(namespaces, { name: lessonNamespace });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
      return `namespace "${lessonNamespace}" deleted`;
  }
}
