/**
 * Files are checked when they arrive, and a state machine of one's own gets the dates that they came for:
 * `npx tsx examples/ingestion/main.ts`, then Terraform in `cdktf.out/stacks/my-ingestion`.
 */
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import { Ingestion, UploadTrigger } from "../../modules/ingestion";
import { Lake } from "../../modules/lake";
import { names as namesOf } from "../../modules/lib/naming";
import { requireVersions } from "../../modules/lib/terraform";
import { RunLedger } from "../../modules/orchestration";

const app = new App();
const stack = new TerraformStack(app, "my-ingestion");
new AwsProvider(stack, "Aws", { region: "eu-central-1" });
requireVersions(stack);

const names = namesOf({ name: "ingestion", account: "123456789012" });
const lake = new Lake(stack, "Lake", { bucketName: names.bucket, lifecycle: false });
const ingestion = new Ingestion(stack, "Ingestion", { names, lake, protected: false });
new UploadTrigger(stack, "UploadTrigger", {
  names,
  lake,
  ingestion,
  runLedger: new RunLedger(stack, "RunLedger", { name: names.runLedger, protected: false }),
  stateMachineArn: "arn:aws:states:eu-central-1:123456789012:stateMachine:my-daily-batch",
  batchingWindowSeconds: 60,
});
app.synth();
