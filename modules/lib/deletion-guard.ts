import { Aspects, type IAspect, TerraformResource } from "cdktf";
import type { IConstruct } from "constructs";
import { IRREPLACEABLE } from "./irreplaceable";

const GUARD: IAspect = {
  visit: (node: IConstruct) => {
    if (TerraformResource.isTerraformResource(node) && IRREPLACEABLE.has(node.terraformResourceType)) {
      node.lifecycle = { ...node.lifecycle, preventDestroy: true };
    }
  },
};

/**
 * Makes every plan fail that would destroy or replace something irreplaceable, before it destroys anything at all. The services' own guards strike
 * only when their turn comes, with half of the stack gone.
 *
 * @param scope whatever is in it now or later
 */
export function guardAgainstDeletion(scope: IConstruct): void {
  Aspects.of(scope).add(GUARD);
}
