import type { FieldError } from "../field.ts";
import type { Pod } from "../generated/types.ts";

export const validatePod = (_pod: Pod): FieldError[] => [];
export const validatePodUpdate = (_next: Pod, _previous: Pod): FieldError[] => [];
export const validatePodStatusUpdate = (_next: Pod, _previous: Pod): FieldError[] => [];
