/** Topics that reach people, and an alarm on dead letters of one's own: `npx tsx examples/monitoring/main.ts`, then Terraform in `cdktf.out/stacks/my-monitoring`. */
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import { Lake } from "../../modules/lake";
import { names as namesOf } from "../../modules/lib/naming";
import { Queue } from "../../modules/lib/queue";
import { requireVersions } from "../../modules/lib/terraform";
import { Monitoring } from "../../modules/monitoring";
import { RunLedger } from "../../modules/orchestration";

const app = new App();
const stack = new TerraformStack(app, "my-monitoring");
new AwsProvider(stack, "Aws", { region: "eu-central-1" });
requireVersions(stack);

const names = namesOf({ name: "monitoring", account: "123456789012" });
const monitoring = new Monitoring(stack, "Monitoring", {
  names,
  lake: new Lake(stack, "Lake", { bucketName: names.bucket, lifecycle: false }),
  runLedger: new RunLedger(stack, "RunLedger", { name: names.runLedger, protected: false }),
  subscriptions: { notifications: [{ protocol: "email", endpoint: "team@example.com" }] },
});
const failed = new Queue(stack, "Failed", { names, of: "failed-invocations" });
monitoring.alarmOnMessages(failed, "A function failed on an event: the message says which, and why.");
app.synth();
