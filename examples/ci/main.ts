/** Roles for GitHub's workflows: `npx tsx examples/ci/main.ts`, then Terraform in `cdktf.out/stacks/my-ci`. */
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import { GithubRoles } from "../../modules/ci";
import { names } from "../../modules/lib/naming";
import { requireVersions } from "../../modules/lib/terraform";

const app = new App();
const stack = new TerraformStack(app, "my-ci");
new AwsProvider(stack, "Aws", { region: "eu-central-1" });
requireVersions(stack);
new GithubRoles(stack, "Ci", {
  names: names({ name: "dev", account: "123456789012" }),
  repository: "my-shop/my-lake",
  branch: "main",
  stateBucket: "my-terraform-state-123456789012",
  permissionBoundary: "my-boundary",
  provider: "own",
});
app.synth();
