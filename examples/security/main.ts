/**
 * What protects a bucket that is there already: keys, an audit trail, a boundary for roles, a VPC with endpoints:
 * `npx tsx examples/security/main.ts`, then Terraform in `cdktf.out/stacks/my-security`.
 */
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import { names as namesOf } from "../../modules/lib/naming";
import { requireVersions } from "../../modules/lib/terraform";
import { LogsKey, Network, PermissionBoundary, Trail } from "../../modules/security";

const app = new App();
const stack = new TerraformStack(app, "my-security");
new AwsProvider(stack, "Aws", { region: "eu-central-1" });
requireVersions(stack);

const names = namesOf({ name: "security", account: "123456789012" });
new PermissionBoundary(stack, "PermissionBoundary", { name: names.permissionBoundary });
const logsKey = new LogsKey(stack, "LogsKey", { alias: names.keyAlias("logs"), trails: [names.trail] });
new Trail(stack, "Trail", {
  name: names.trail,
  bucketName: `${names.bucket}-trail`,
  watched: ["arn:aws:s3:::my-company-lake"],
  kmsKeyArn: logsKey.keyArn,
  lifecycle: false,
});
new Network(stack, "Network", { names, zones: 2, interfaceEndpoints: ["glue", "kms", "secretsmanager"] });
app.synth();
