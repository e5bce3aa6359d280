/** The words of the guided lesson. */
import type { LessonStep } from "../../model/lesson.ts";

interface StepWords {
  readonly title: string;
  /** Names between backquotes. */
  readonly text: string;
  /** What to look at once it is done. */
  readonly look: string;
}

const steps: Record<LessonStep, StepWords> = {
  deploy: {
    title: "Deploy an app",
    text: "A Deployment manages a set of identical pods: you say which image and how many, it makes them and keeps that number. Everything of this lesson is in the namespace `wherry-lesson`, which goes away at the end.",
    look: "Three pods start, are scheduled and become ready. They are revision 1.",
  },
  expose: {
    title: "Give it one stable entry",
    text: "Pods come and go, and each has an address of its own. A Service is one stable entry to all pods that its label selector picks; inside the cluster it has a DNS name, and its type (ClusterIP, NodePort, LoadBalancer, ExternalName) decides how it is reached from outside.",
    look: "The Service has an address. Open it to see who is behind it, and to send it a request.",
  },
  update: {
    title: "Update the image",
    text: "A new image is a new revision. The Deployment starts pods of it, and takes an old one away only when a new one is ready: nobody who asks is turned away meanwhile.",
    look: "The tiles move from revision 1 to revision 2. `rollout status` waits in the terminal until that is done.",
  },
  break: {
    title: "Break it",
    text: "Now an image that does not exist. The new pod cannot start, so the rollout stands still; the old pods stay, because a new one must be ready before an old one may go.",
    look: "The rollout is stuck, and revision 2 still serves. In a terminal `rollout status` would wait here, until you interrupt it or the progress deadline passes.",
  },
  why: {
    title: "See why",
    text: "The new pod waits with `ErrImagePull`, then `ImagePullBackOff`: its node tries again, less and less often. The sentences beside this say what is wrong, what keeps serving and where undo leads; each opens to show where it was read.",
    look: "",
  },
  undo: {
    title: "Go back",
    text: "Undo makes the template of the revision before the current one again. The failing pod goes; the pods that never stopped serving are simply right again.",
    look: "Revision 2 is back, under a new number: revision 4. Going back is a change like any other.",
  },
  history: {
    title: "Read the history",
    text: "Each revision is kept as a ReplicaSet with no pods, so what it asked for can be looked at, compared and brought back. The number 2 is gone from the list: it became 4.",
    look: "",
  },
  revision: {
    title: "Go back to a revision by its number",
    text: "Not only to the one before: any revision that is kept can come back. Here the very first one.",
    look: "Revision 1 runs again, now as revision 5.",
  },
  cleanup: {
    title: "Clean up",
    text: "Deleting the Deployment takes its ReplicaSets and pods along, because they belong to it. Here the whole namespace goes, with the Service too.",
    look: "Nothing is left.",
  },
};

export const lessonEn = {
  title: "Guided lesson",
  invite: "Play the rollout story: a guided lesson",
  intro:
    "A rollout from the first deployment to the last undo, on a namespace of its own. Each step says its kubectl command, and does it for you.",
  steps,
  stepOf: (n: number, all: number) => `Step ${n} of ${all}`,
  run: "Do it",
  running: "Working…",
  waiting: "Waiting until the cluster is there…",
  next: "Next step",
  again: "Begin again",
  done: "Done",
  copy: "Copy the command",
  copied: "Copied.",
  command: "In a terminal",
  live: "What happens",
  nothing: "Nothing is there yet.",
  images: "Images",
  imagesNote: "Two versions of an image that this cluster can pull, and one that does not exist.",
  firstImage: "First version",
  secondImage: "Second version",
  missingImage: "A version that does not exist",
  port: "Port of the app",
  stop: "Stop and clean up",
  finished: "That was all of it. Try it on a Deployment of your own.",
  toService: "Open the Service",
  toHistory: "Open the history",
  toRollout: "Open the rollout",
};
