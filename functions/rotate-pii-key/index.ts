import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { readSettings } from "../lib/environment";
import { EventReader } from "../lib/event";
import { rotatePiiKey, stepOf } from "./rotate-pii-key";
import { SecretInSecretsManager } from "./secrets-manager";

readSettings("LAKE_ENV");
const secret = new SecretInSecretsManager(new SecretsManagerClient());

/** Called by Secrets Manager, step by step, where an environment has its pseudonyms' key rotated by schedule. */
export async function handler(event: unknown): Promise<void> {
  const reader = new EventReader(event);
  await rotatePiiKey(
    {
      secret: reader.text("SecretId"),
      version: reader.text("ClientRequestToken"),
      step: stepOf(reader.text("Step")),
    },
    secret,
  );
}
