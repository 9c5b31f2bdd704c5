/** Topics that reach people, alarms that speak in words, dashboards, a budget; and dead letters of one's own, watched like all else: `npx tsx examples/monitoring/main.ts`, then Terraform in `cdktf.out/stacks/my-monitoring`. */
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import { Lake } from "../../modules/lake";
import { names as namesOf } from "../../modules/lib/naming";
import { Queue } from "../../modules/lib/queue";
import { readMessage } from "../../modules/lib/queue-measures";
import { requireVersions } from "../../modules/lib/terraform";
import { Monitoring } from "../../modules/monitoring";
import { RunLedger } from "../../modules/orchestration";

const app = new App();
const stack = new TerraformStack(app, "my-monitoring");
new AwsProvider(stack, "Aws", { region: "eu-central-1" });
requireVersions(stack);

const names = namesOf({ name: "monitoring", account: "123456789012" });
new Monitoring(stack, "Monitoring", {
  names,
  lake: new Lake(stack, "Lake", { bucketName: names.bucket, lifecycle: false }),
  runLedger: new RunLedger(stack, "RunLedger", { name: names.runLedger, protected: false }),
  limits: {
    lateAfterHours: undefined, // nothing is scheduled
    slowFactor: 2,
    dataAgeHours: { warning: 6, page: 24 },
    quarantinePercent: { warning: 2, page: 10 },
    rejectedFiles: 0,
    functionErrorPercent: { warning: 5, page: 10 },
    jobMinutes: { warning: 30, page: 60 },
    queryPercent: 80,
    dailySpendUsd: 5,
  },
  budget: { monthlyUsd: 50, anomalyUsd: 10 },
  subscriptions: { notifications: [{ protocol: "email", endpoint: "team@example.com" }] },
});
new Queue(stack, "Failed", {
  names,
  of: "failed-invocations",
  advice: {
    says: "A function failed on an event: the message says which, and why.",
    command: readMessage(names.queue("failed-invocations")),
  },
});
app.synth();
