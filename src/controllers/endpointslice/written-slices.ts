/** What was last written of each Service's slices. */
export { WrittenObjects as WrittenSlices } from "../written-objects.ts";
