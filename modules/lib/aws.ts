import { DataAwsCallerIdentity } from "@cdktf/provider-aws/lib/data-aws-caller-identity";
import { DataAwsPartition } from "@cdktf/provider-aws/lib/data-aws-partition";
import { DataAwsRegion } from "@cdktf/provider-aws/lib/data-aws-region";
import { TerraformStack } from "cdktf";
import type { IConstruct } from "constructs";

/** Where a stack is deployed, as tokens that Terraform fills in. */
export interface Aws {
  /** `aws`, `aws-cn`, `aws-us-gov` … */
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  /** @example aws(this).arn("glue", "catalog"); // arn:aws:glue:us-east-1:123456789012:catalog */
  arn(service: string, resource: string): string;
}

const known = new WeakMap<TerraformStack, Aws>();

/** Partition, region and account of the construct's stack; one set of data sources a stack, however often it is asked. */
export function aws(scope: IConstruct): Aws {
  const stack = TerraformStack.of(scope);
  const found = known.get(stack);
  if (found !== undefined) return found;

  const { partition } = new DataAwsPartition(stack, "Partition");
  // `id`, because provider 5 calls it `name` and provider 6 `region`.
  const { id: region } = new DataAwsRegion(stack, "Region");
  const { accountId: account } = new DataAwsCallerIdentity(stack, "Account");
  const made: Aws = {
    partition,
    region,
    account,
    arn: (service, resource) => `arn:${partition}:${service}:${region}:${account}:${resource}`,
  };
  known.set(stack, made);
  return made;
}
