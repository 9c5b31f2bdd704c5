import { dev } from "./dev";
import { local } from "./local";
import { prod } from "./prod";
import { staging } from "./staging";
import type { Environment } from "./types";

export type { Environment, State, WorkerType } from "./types";

/** Every environment, by name. */
export const environments = { local, dev, staging, prod } as const satisfies Record<string, Environment>;
export type EnvironmentName = keyof typeof environments;

/** The names, in the order in which a change travels. */
export const ENVIRONMENT_NAMES = Object.keys(environments) as readonly EnvironmentName[];

/**
 * The environment of a name.
 *
 * @throws Error that lists the valid names.
 */
export function environment(name: string): Environment {
  const found = ENVIRONMENT_NAMES.find((known) => known === name);
  if (found === undefined) {
    throw new Error(`There is no environment "${name}". The environments are ${ENVIRONMENT_NAMES.join(", ")} (envs/).`);
  }
  return environments[found];
}
