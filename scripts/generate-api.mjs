/**
 * Generates `src/api/generated/`: the TypeScript types of the Kubernetes API. Run with `npm run generate`; needs only
 * the development dependencies.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { readModels } from "./generate-api/models.mjs";
import { typeNames } from "./generate-api/names.mjs";
import { typescriptOf } from "./generate-api/typescript.mjs";

const output = new URL("../src/api/generated/", import.meta.url);
mkdirSync(output, { recursive: true });

const models = await readModels();
const names = typeNames(models.map((model) => model.name));
writeFileSync(new URL("types.ts", output), typescriptOf(models, names));
