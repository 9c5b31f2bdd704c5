/** The least that an app with a bucket can be: what the synthesis of this project is measured against. */
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { App, TerraformStack } from "cdktf";

const app = new App({ stackTraces: false });
const stack = new TerraformStack(app, "minimal");
new AwsProvider(stack, "Aws", { region: "us-east-1" });
new S3Bucket(stack, "Bucket", { bucket: "minimal" });
app.synth();
