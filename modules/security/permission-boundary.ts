import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { Aspects, Fn, type IAspect, TerraformStack } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import { aws } from "../lib/aws";
import { checkedName } from "../lib/naming";

export interface PermissionBoundaryProps {
  /** Name of the policy. */
  readonly name: string;
  /** Whether the policy is the organisation's, and there already. Without it, the lake makes its own. @default false */
  readonly exists?: boolean;
}

export const BOUNDARY_DEFAULTS = Object.freeze({ exists: false });

/**
 * The boundary that an environment chooses.
 *
 * @param choice none, the lake's own, or one that the organisation has
 * @param own name of the lake's own
 * @returns undefined where there is none
 */
export function boundaryOf(
  choice: "none" | "own" | { readonly existing: string },
  own: string,
): PermissionBoundaryProps | undefined {
  if (choice === "none") return undefined;
  return choice === "own" ? { name: own } : { name: choice.existing, exists: true };
}

/**
 * What roles of the lake may be allowed at most. It gives nothing: what a role may do is said by its grants. It takes away what a grant
 * too many would give, for none of this is in it: changes to IAM, to networks, to keys, to the audit, and any other account's resources.
 */
const AT_MOST = [
  "athena:*",
  "cloudwatch:PutMetricData",
  "dynamodb:*",
  "ec2:AssignPrivateIpAddresses",
  "ec2:CreateNetworkInterface",
  "ec2:CreateTags",
  "ec2:DeleteNetworkInterface",
  "ec2:DeleteTags",
  "ec2:Describe*",
  "ec2:UnassignPrivateIpAddresses",
  "events:PutEvents",
  "glue:*",
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:Encrypt",
  "kms:GenerateDataKey*",
  "lakeformation:GetDataAccess",
  "lambda:InvokeFunction",
  "logs:*",
  "s3:*",
  "secretsmanager:*",
  "sns:Publish",
  "sqs:*",
  "states:*",
  "xray:*",
];

/**
 * A permission boundary on every role of the stack, whichever module makes it.
 *
 * @example
 * new PermissionBoundary(this, "PermissionBoundary", { name: names.permissionBoundary });
 */
export class PermissionBoundary extends Construct {
  readonly policyArn: string;

  /** @throws ConfigurationError on a name that IAM does not allow. */
  constructor(scope: Construct, id: string, props: PermissionBoundaryProps) {
    super(scope, id);
    const { partition, account } = aws(this);
    const name = checkedName("policy", props.name);
    this.policyArn =
      (props.exists ?? BOUNDARY_DEFAULTS.exists)
        ? `arn:${partition}:iam::${account}:policy/${name}`
        : new IamPolicy(this, "Policy", {
            name,
            description: "What roles of the lake may be allowed at most",
            policy: Fn.jsonencode({
              Version: "2012-10-17",
              Statement: [
                {
                  Sid: "AtMost",
                  Effect: "Allow",
                  Action: AT_MOST,
                  Resource: "*", // of this account alone; which, is said by each role's grants
                  Condition: { StringEqualsIfExists: { "aws:ResourceAccount": account } },
                },
              ],
            }),
          }).arn;
    Aspects.of(TerraformStack.of(this)).add(new BoundRoles(this.policyArn));
  }
}

/** Bounds roles that have no boundary of their own. */
class BoundRoles implements IAspect {
  constructor(private readonly policyArn: string) {}

  visit(node: IConstruct): void {
    if (node instanceof IamRole && node.permissionsBoundaryInput === undefined)
      node.permissionsBoundary = this.policyArn;
  }
}
