/** Building blocks of tables. Texts of cells are upstream's (`pkg/printers/internalversion`). */
import { ageSince } from "./duration-age.ts";
import type { Container } from "./generated/types.ts";
import type { Column, KubeObject } from "./kind.ts";

type Options<T> = Partial<Pick<Column<T>, "type" | "format" | "priority">>;

/** A column of strings, always shown, unless `options` say otherwise. */
export const column = <T>(
  name: string,
  description: string,
  cell: Column<T>["cell"],
  options: Options<T> = {},
): Column<T> => ({
  name,
  type: "string",
  priority: 0,
  description,
  ...options,
  cell,
});

export const nameColumn: Column<KubeObject> = column(
  "Name",
  "Name, unique within a namespace.",
  (object) => object.metadata?.name ?? "",
  {
    format: "name",
  },
);

export const ageColumn: Column<KubeObject> = column("Age", "Time since the object was created.", (object, now) =>
  ageSince(object.metadata?.creationTimestamp, now),
);

const names = (containers: readonly Container[] | undefined) => (containers ?? []).map((c) => c.name).join(",");
const images = (containers: readonly Container[] | undefined) => (containers ?? []).map((c) => c.image ?? "").join(",");

/** The wide columns of a kind with a pod template. */
export const containerColumns = <T>(containers: (object: T) => readonly Container[] | undefined): Column<T>[] => [
  column("Containers", "Names of each container in the template.", (object) => names(containers(object)), {
    priority: 1,
  }),
  column("Images", "Images referenced by each container in the template.", (object) => images(containers(object)), {
    priority: 1,
  }),
];

/** The first three of a list, and how many more there are. */
export const firstThree = (list: readonly string[]): string => {
  if (list.length === 0) return "<unset>";
  const shown = list.slice(0, 3).join(",");
  return list.length > 3 ? `${shown} + ${list.length - 3} more...` : shown;
};
