/** Athena with a limit, the named queries, and a role that may ask them: `npx tsx examples/query/main.ts`, then Terraform in `cdktf.out/stacks/my-queries`. */
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import { Catalog, ReaderRole } from "../../modules/catalog";
import { Lake } from "../../modules/lake";
import { names as namesOf } from "../../modules/lib/naming";
import { requireVersions } from "../../modules/lib/terraform";
import { RunLedger } from "../../modules/orchestration";
import { Query } from "../../modules/query";

const app = new App();
const stack = new TerraformStack(app, "my-queries");
new AwsProvider(stack, "Aws", { region: "eu-central-1" });
requireVersions(stack);

const names = namesOf({ name: "query", account: "123456789012" });
const lake = new Lake(stack, "Lake", { bucketName: names.bucket, lifecycle: false });
const catalog = new Catalog(stack, "Catalog", { names, zones: lake.zones });
const query = new Query(stack, "Query", {
  names,
  lake,
  databases: catalog.databases,
  runLedger: new RunLedger(stack, "RunLedger", { name: names.runLedger, protected: false }),
  bytesScannedCutoff: 10_000_000_000,
});
const analysts = new ReaderRole(stack, "Analysts", {
  name: names.role("analysts"),
  description: "Reads curated tables",
});
catalog.grantRead(analysts, "curated");
query.analysts.grantQuery(analysts);
query.workgroup.grantSavedQueries(analysts);
app.synth();
