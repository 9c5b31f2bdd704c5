/** A bucket for states: `npx tsx examples/bootstrap/main.ts`, then Terraform in `cdktf.out/stacks/my-states`. */
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import { StateBucket } from "../../modules/bootstrap";
import { requireVersions } from "../../modules/lib/terraform";

const app = new App();
const stack = new TerraformStack(app, "my-states");
new AwsProvider(stack, "Aws", { region: "eu-central-1" });
requireVersions(stack);
new StateBucket(stack, "State", { bucketName: "my-terraform-state-123456789012" });
app.synth();
