/** A bucket that Athena can read, and a role that reads its curated tables alone: `npx tsx examples/catalog/main.ts`, then Terraform in `cdktf.out/stacks/my-catalog`. */
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import { Catalog, ReaderRole } from "../../modules/catalog";
import { Lake } from "../../modules/lake";
import { names as namesOf } from "../../modules/lib/naming";
import { requireVersions } from "../../modules/lib/terraform";

const app = new App();
const stack = new TerraformStack(app, "my-catalog");
new AwsProvider(stack, "Aws", { region: "eu-central-1" });
requireVersions(stack);

const names = namesOf({ name: "catalog", account: "123456789012" });
const lake = new Lake(stack, "Lake", { bucketName: names.bucket, lifecycle: false });
const catalog = new Catalog(stack, "Catalog", { names, zones: lake.zones, crawlerSchedule: "cron(0 2 * * ? *)" });
const analysts = new ReaderRole(stack, "Analysts", {
  name: names.role("analysts"),
  description: "Reads curated tables",
  trusted: ["arn:aws:iam::123456789012:role/Analyst*"],
});
catalog.grantRead(analysts, "curated", { tables: ["transactions", "products"] });
app.synth();
