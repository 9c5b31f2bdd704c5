/** The lake alone, in an app of one's own: `npx tsx examples/lake/main.ts`, then Terraform in `cdktf.out/stacks/my-lake`. */
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import { Lake } from "../../modules/lake";
import { requireVersions } from "../../modules/lib/terraform";
import { DataKey } from "../../modules/security";

const app = new App();
const stack = new TerraformStack(app, "my-lake");
new AwsProvider(stack, "Aws", { region: "eu-central-1" });
requireVersions(stack);
const key = new DataKey(stack, "Key", { alias: "my-company-lake" });
new Lake(stack, "Lake", { bucketName: "my-company-lake", kmsKeyArn: key.keyArn });
app.synth();
