import type { Construct } from "constructs";
import { aws } from "../lib/aws";
import type { Names } from "../lib/naming";
import type { Permission } from "../lib/service-role";

/** What Terraform's state takes. */
export function stateRights(scope: Construct, names: Names, bucket: string) {
  const { partition } = aws(scope);
  const arn = `arn:${partition}:s3:::${bucket}`;
  const key = `${arn}/${names.stack}.tfstate`;
  const right = (sid: string, actions: readonly string[], resources: readonly string[]): Permission => ({
    sid,
    actions,
    resources,
  });
  return {
    read: right("ReadState", ["s3:GetObject"], [key]),
    /** The lock is a file beside the state. */
    lock: right("LockState", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], [`${key}.tflock`]),
    write: right("WriteState", ["s3:PutObject"], [key]),
    always: [
      right("FindState", ["s3:ListBucket"], [arn]),
      // Every plan asks these, whatever it refreshes; neither knows resources.
      right("Check", ["states:ValidateStateMachineDefinition", "secretsmanager:GetRandomPassword"], ["*"]),
    ],
  };
}

/** How Terraform reads what it manages: configuration by service. None of these gives an object, an item, a message or a log event away. */
const CONFIGURATION = [
  "athena:GetNamedQuery",
  "athena:GetWorkGroup",
  "athena:List*",
  "budgets:ListTagsForResource",
  "budgets:ViewBudget",
  "ce:GetAnomalyMonitors",
  "ce:GetAnomalySubscriptions",
  "ce:List*",
  "cloudtrail:Describe*",
  "cloudtrail:Get*",
  "cloudtrail:List*",
  "cloudwatch:Describe*",
  "cloudwatch:GetDashboard",
  "cloudwatch:List*",
  "dynamodb:Describe*",
  "dynamodb:List*",
  "ec2:Describe*",
  "events:Describe*",
  "events:List*",
  "glue:Get*",
  "glue:List*",
  "iam:Get*",
  "iam:List*",
  "kms:DescribeKey",
  "kms:GetKeyPolicy",
  "kms:GetKeyRotationStatus",
  "kms:List*",
  "lakeformation:Get*",
  "lakeformation:List*",
  "lambda:Get*",
  "lambda:List*",
  "logs:Describe*",
  "logs:List*",
  "s3:GetAccelerateConfiguration",
  "s3:GetBucket*",
  "s3:GetEncryptionConfiguration",
  "s3:GetLifecycleConfiguration",
  "s3:GetReplicationConfiguration",
  "s3:ListAllMyBuckets",
  "s3:ListBucket",
  "scheduler:Get*",
  "scheduler:List*",
  "secretsmanager:DescribeSecret",
  "secretsmanager:GetResourcePolicy",
  "secretsmanager:List*",
  "signer:Get*",
  "signer:List*",
  "sns:Get*",
  "sns:List*",
  "sqs:GetQueueAttributes",
  "sqs:GetQueueUrl",
  "sqs:List*",
  "states:Describe*",
  "states:List*",
  "tag:GetResources",
] as const;

/** What a refresh takes. */
export function readRights(scope: Construct, names: Names): Permission[] {
  const { partition } = aws(scope);
  return [
    { sid: "ReadConfiguration", actions: CONFIGURATION, resources: ["*"] },
    {
      sid: "ReadDeployedFiles",
      actions: ["s3:GetObject", "s3:GetObjectTagging"],
      resources: [`arn:${partition}:s3:::${names.bucket}/artifacts/*`],
    },
    // Terraform finds out whether a secret has its version by reading it: the one secret that a refresh sees, and why pull requests do none.
    {
      sid: "SeeSecretVersions",
      actions: ["secretsmanager:GetSecretValue"],
      resources: [aws(scope).arn("secretsmanager", `secret:commerce-lake/${names.environment}/*`)],
    },
  ];
}

/** Services whose resources of the lake are known by their names. */
function named(
  scope: Construct,
  { environment: env, bucket }: Names,
): readonly (readonly [string, readonly string[]])[] {
  const { partition, account } = aws(scope);
  const arn = (service: string, resource: string) => aws(scope).arn(service, resource);
  return [
    [
      "s3",
      [
        `arn:${partition}:s3:::${bucket}`,
        `arn:${partition}:s3:::${bucket}-*`,
        `arn:${partition}:s3:::${bucket}/artifacts/*`,
      ],
    ],
    ["dynamodb", [arn("dynamodb", `table/file-ledger-${env}`), arn("dynamodb", `table/run-ledger-${env}`)]],
    ["lambda", [arn("lambda", `function:commerce-lake-*-${env}`), arn("lambda", `function:commerce-lake-*-${env}:*`)]],
    ["states", [arn("states", `stateMachine:commerce-lake-${env}`)]],
    ["sqs", [arn("sqs", `commerce-lake-*-${env}`)]],
    ["sns", [arn("sns", `*-${env}`)]],
    [
      "events",
      [
        arn("events", `rule/commerce-lake-*-${env}`),
        arn("events", `rule/commerce-lake-${env}/*`),
        arn("events", `event-bus/commerce-lake-${env}`),
      ],
    ],
    ["scheduler", [arn("scheduler", "schedule/*/commerce-lake-*")]],
    ["athena", [arn("athena", `workgroup/commerce-lake-*${env}`)]],
    ["secretsmanager", [arn("secretsmanager", `secret:commerce-lake/${env}/*`)]],
    ["cloudtrail", [arn("cloudtrail", `trail/commerce-lake-${env}`)]],
    ["logs", [arn("logs", "log-group:*")]],
    ["budgets", [`arn:${partition}:budgets::${account}:budget/*`]],
  ];
}

/** Services that know no names beforehand, or settings of the whole account. */
const UNNAMED = ["glue", "kms", "cloudwatch", "lakeformation", "signer", "ce"] as const;

/**
 * What can give a role rights, or take its boundary away: what IAM's condition on boundaries covers, but for `DeleteRolePermissionsBoundary`, which
 * nobody has.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
 */
const GIVES_RIGHTS = [
  "AttachRolePolicy",
  "CreateRole",
  "DeleteRolePolicy",
  "DetachRolePolicy",
  "PutRolePermissionsBoundary",
  "PutRolePolicy",
].map((action) => `iam:${action}`);

const CHANGES_ROLES = [
  "DeleteRole",
  "TagRole",
  "UntagRole",
  "UpdateAssumeRolePolicy",
  "UpdateRole",
  "UpdateRoleDescription",
].map((action) => `iam:${action}`);

/**
 * What making the lake takes.
 *
 * @param boundary name of the policy without which it can give no role any right
 */
export function deployRights(scope: Construct, names: Names, boundary: string | undefined): Permission[] {
  const { environment: env } = names;
  const { partition, account, region } = aws(scope);
  const iam = (resource: string) => `arn:${partition}:iam::${account}:${resource}`;
  const roles = [iam(`role/commerce-lake-*-${env}`)];
  return [
    ...named(scope, names).map(([service, resources]) => ({
      sid: `Make${service[0]?.toUpperCase()}${service.slice(1)}`,
      actions: [`${service}:*`],
      resources,
    })),
    { sid: "MakeUnnamed", actions: UNNAMED.map((service) => `${service}:*`), resources: ["*"] },
    {
      sid: "MakeNetwork",
      actions: [
        "Create",
        "Delete",
        "Modify",
        "Associate",
        "Disassociate",
        "Attach",
        "Detach",
        "Authorize",
        "Revoke",
        "Allocate",
        "Release",
      ].map((verb) => `ec2:${verb}*`),
      resources: ["*"],
      conditions: { StringEquals: { "aws:RequestedRegion": region } },
    },
    { sid: "ChangeRoles", actions: CHANGES_ROLES, resources: roles },
    {
      sid: "MakeRoles",
      actions: GIVES_RIGHTS,
      resources: roles,
      ...(boundary === undefined
        ? {}
        : { conditions: { StringEquals: { "iam:PermissionsBoundary": iam(`policy/${boundary}`) } } }),
    },
    {
      sid: "MakePolicies",
      actions: [
        "CreatePolicy",
        "DeletePolicy",
        "CreatePolicyVersion",
        "DeletePolicyVersion",
        "TagPolicy",
        "UntagPolicy",
      ].map((action) => `iam:${action}`),
      resources: [iam(`policy/commerce-lake-*-${env}`)],
    },
    {
      sid: "PassRoles",
      actions: ["iam:PassRole"],
      resources: roles,
      conditions: {
        StringEquals: {
          "iam:PassedToService": [
            "glue",
            "lambda",
            "states",
            "scheduler",
            "events",
            "vpc-flow-logs",
            "cloudtrail",
            "lakeformation",
          ].map((service) => `${service}.amazonaws.com`),
        },
      },
    },
  ];
}
