import type { IConstruct } from "constructs";
import { ConfigurationError } from "./errors";

/** Both bounds are allowed values. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/**
 * Checks a whole number against what AWS takes.
 *
 * @param option its name, with what it is of: "timeoutSeconds of a function".
 * @param usual what it is when it is left out; undefined where it must be given.
 * @returns the value.
 * @throws ConfigurationError where it is no whole number, or out of bounds.
 *
 * @example wholeNumber(this, "timeoutSeconds of a function", props.timeoutSeconds ?? 120, { min: 1, max: 900 }, 120);
 */
export function wholeNumber(
  where: IConstruct,
  option: string,
  value: number,
  { min, max }: Bounds,
  usual?: number | string,
): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new ConfigurationError(where, {
      rule: `${option} is a whole number from ${min} to ${max}`,
      received: value,
      remedy: usual === undefined ? "choose one in the range" : `choose one in the range, or leave it out for ${usual}`,
    });
  }
  return value;
}
