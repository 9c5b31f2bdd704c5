import { join, resolve } from "node:path";

/** The project's folder; `dist`, which has the same folders, in the package that other projects install. */
export const PROJECT_ROOT = resolve(__dirname, "../..");

/** A path inside the project. */
export const inProject = (...parts: string[]): string => join(PROJECT_ROOT, ...parts);
