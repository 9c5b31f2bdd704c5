import { AwsProvider, type AwsProviderConfig } from "@cdktf/provider-aws/lib/provider";
import { App, LocalBackend, S3Backend, type TerraformStack } from "cdktf";
import { HclFile } from "./hcl-file";
import { commonTags } from "./tags";

/** What Terraform itself needs to know of an environment; every `Environment` says it. */
export interface TerraformSettings {
  readonly name: string;
  readonly platform: "aws" | "local";
  readonly account: string;
  readonly region: string;
  readonly team: string;
  readonly costCenter: string;
  readonly state:
    | { readonly kind: "s3"; readonly bucket: string; readonly region: string }
    | { readonly kind: "file"; readonly path: string };
}

/** What the stacks plan and apply with; wider than the bindings ask for, for the JSON is the same. */
export const VERSIONS = Object.freeze({ terraform: ">= 1.11.0", aws: ">= 5.100.0, < 7.0.0" });

/**
 * How to reach the local AWS. Its endpoint is not here but in `AWS_ENDPOINT_URL` when Terraform runs, for the port is another
 * one each time and synthesis gives the same bytes every time.
 */
const LOCAL_AWS: AwsProviderConfig = {
  accessKey: "local",
  secretKey: "local",
  skipCredentialsValidation: true,
  skipMetadataApiCheck: "true",
  s3UsePathStyle: true,
  // A call that it does not know stays unknown: 25 tries of one take many minutes.
  maxRetries: 2,
};

/** Sets a stack's provider, backend and versions. */
export function configureTerraform(stack: TerraformStack, id: string, env: TerraformSettings): void {
  new AwsProvider(stack, "Aws", {
    region: env.region,
    // Credentials of another account fail at the first plan.
    allowedAccountIds: [env.account],
    defaultTags: [{ tags: commonTags(env) }],
    ...(env.platform === "local" ? LOCAL_AWS : {}),
  });
  if (env.state.kind === "s3") {
    new S3Backend(stack, {
      bucket: env.state.bucket,
      key: `${id}.tfstate`,
      region: env.state.region,
      encrypt: true,
    });
    // The bindings know only the older lock in DynamoDB.
    stack.addOverride("terraform.backend.s3.use_lockfile", true);
  } else {
    new LocalBackend(stack, { path: env.state.path });
  }
  requireVersions(stack);
}

/**
 * Asks for the versions that the modules are tested with, where the bindings ask for one release of the provider alone.
 *
 * @param stack with an AWS provider
 */
export function requireVersions(stack: TerraformStack): void {
  // cdktf's HCL would say `0 = "required_version"`.
  if (App.of(stack).hclOutput) {
    new HclFile(stack, "Versions", `terraform {\n  required_version = "${VERSIONS.terraform}"\n}\n`);
  } else {
    stack.addOverride("terraform.required_version", VERSIONS.terraform);
  }
  stack.addOverride("terraform.required_providers.aws.version", VERSIONS.aws);
}
