import { beforeEach, onTestFailed } from "vitest";

/** The tests of a suite are steps: once one has failed, those that come after it are not tried. */
export function oneAfterTheOther(): void {
  let failed: string | undefined;
  beforeEach((context) => {
    if (failed) context.skip(`"${failed}" failed`);
    onTestFailed(({ task }) => {
      failed = task.name;
    });
  });
}
