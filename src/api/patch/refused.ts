/** Upstream's answers to a patch whose result is not of its type: 422, naming the patch and not the object. */

import { invalid, type StatusError } from "../../base/errors.ts";
import { invalidValue, path } from "../field.ts";
import { goText } from "./go-text.ts";
import type { Json } from "./json.ts";

/** JSON and merge patches are decoded again as a whole: the answer shows what came out of the patch. */
export const refusedResult =
  (result: unknown) =>
  (why: string): StatusError =>
    refused(JSON.stringify(result), why);

/** Strategic merge patches are converted field by field: the answer shows the patch, as Go prints a map. */
export const refusedStrategic =
  (patch: unknown) =>
  (why: string, conversion = why): StatusError =>
    refused(goText(patch as Json), conversion);

const refused = (value: string, why: string) => invalid("", "", "", [invalidValue(path("patch"), value, why)]);
