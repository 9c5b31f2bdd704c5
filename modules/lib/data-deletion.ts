import type { IConstruct } from "constructs";
import { ConfigurationError } from "./errors";

const permitted = new WeakSet<IConstruct>();

/**
 * Gives leave that what is built below may be destroyed with its data. It takes this, which an environment gives, and a prop of each
 * construct: no single slip loses a lake.
 *
 * @param scope a stack, or a part of one, before anything is built in it that asks for it.
 */
export function permitDataDeletion(scope: IConstruct): void {
  permitted.add(scope);
}

/**
 * Whether a construct is destroyed with its data.
 *
 * @param wanted what its props say.
 * @param option name of the prop, for the error.
 * @throws ConfigurationError where the props want it and nobody gave leave.
 */
export function destroysData(where: IConstruct, wanted: boolean, option = "destroyData"): boolean {
  if (wanted && !where.node.scopes.some((scope) => permitted.has(scope))) {
    throw new ConfigurationError(where, {
      rule: `data is destroyed only where ${option} says so and the environment gives leave`,
      received: { [option]: wanted, leave: false },
      remedy: "call permitDataDeletion(stack) where the environment is not protected, or keep the data",
    });
  }
  return wanted;
}
