import { Aspects, type IAspect, TerraformResource } from "cdktf";
import type { IConstruct } from "constructs";

/** What cannot be made anew: it holds data, or the key or the catalog without which data cannot be read. */
export const IRREPLACEABLE: ReadonlySet<string> = new Set([
  "aws_dynamodb_table",
  "aws_glue_catalog_database",
  "aws_kms_key",
  "aws_s3_bucket",
  "aws_secretsmanager_secret",
]);

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
