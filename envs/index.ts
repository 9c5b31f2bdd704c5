import { dev } from "./dev";
import { local } from "./local";
import { prod } from "./prod";
import { staging } from "./staging";
import type { Environment } from "./types";

export { RENAMES } from "./renames";
export type { Environment, State, WorkerType } from "./types";

/** Every environment, by name. */
export const environments = { local, dev, staging, prod } as const satisfies Record<string, Environment>;
export type EnvironmentName = keyof typeof environments;

/** The names, in the order in which a change travels. */
export const ENVIRONMENT_NAMES = Object.keys(environments) as readonly EnvironmentName[];

/** Where people change a property of an environment. @example placeOf(prod, "alerts.subscriptions") */
export const placeOf = ({ name }: Pick<Environment, "name">, property: string): string =>
  `${property} of envs/${name}.ts`;

/** A name that is none of an environment. */
export class UnknownEnvironmentError extends Error {
  constructor(name: string) {
    super(`There is no environment "${name}". The environments are ${ENVIRONMENT_NAMES.join(", ")} (envs/).`);
    this.name = "UnknownEnvironmentError";
  }
}

/**
 * The environment of a name.
 *
 * @throws UnknownEnvironmentError that lists the valid names.
 */
export function environment(name: string): Environment {
  const found = ENVIRONMENT_NAMES.find((known) => known === name);
  if (found === undefined) {
    throw new UnknownEnvironmentError(name);
  }
  return environments[found];
}
