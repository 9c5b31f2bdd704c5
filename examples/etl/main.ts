/** The five Glue jobs over a bucket and its catalog: `npx tsx examples/etl/main.ts`, then Terraform in `cdktf.out/stacks/my-jobs`. */
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import { Catalog } from "../../modules/catalog";
import { Etl } from "../../modules/etl";
import { Lake } from "../../modules/lake";
import { names as namesOf } from "../../modules/lib/naming";
import { requireVersions } from "../../modules/lib/terraform";
import { RunLedger } from "../../modules/orchestration";
import { PiiKey } from "../../modules/security";

const app = new App();
const stack = new TerraformStack(app, "my-jobs");
new AwsProvider(stack, "Aws", { region: "eu-central-1" });
requireVersions(stack);

const names = namesOf({ name: "etl", account: "123456789012" });
const lake = new Lake(stack, "Lake", { bucketName: names.bucket, lifecycle: false });
const { databases } = new Catalog(stack, "Catalog", { names, zones: lake.zones });
new Etl(stack, "Etl", {
  names,
  lake,
  databases,
  runLedger: new RunLedger(stack, "RunLedger", { name: names.runLedger, protected: false }),
  piiKey: new PiiKey(stack, "PiiKey", { name: names.piiKeySecret }),
  workerType: "G.1X",
  maxWorkers: 10,
  executionClass: "FLEX",
});
app.synth();
