import {
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { type RotatedSecret, RotationError } from "./rotate-pii-key";

const KEY_LENGTH = 64;

/** The secret in AWS Secrets Manager. */
export class SecretInSecretsManager implements RotatedSecret {
  constructor(private readonly client: SecretsManagerClient) {}

  async stages(secret: string): Promise<Readonly<Record<string, readonly string[]>>> {
    const { VersionIdsToStages } = await this.client.send(new DescribeSecretCommand({ SecretId: secret }));
    return VersionIdsToStages ?? {};
  }

  async value(secret: string, version: string): Promise<string | undefined> {
    try {
      const command = new GetSecretValueCommand({ SecretId: secret, VersionId: version, VersionStage: "AWSPENDING" });
      return (await this.client.send(command)).SecretString;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined; // prepared, without a value yet
      throw error;
    }
  }

  async newKey(): Promise<string> {
    const command = new GetRandomPasswordCommand({ PasswordLength: KEY_LENGTH, ExcludePunctuation: true });
    const { RandomPassword: key } = await this.client.send(command);
    if (key === undefined) throw new RotationError("Secrets Manager made no key.");
    return key;
  }

  async store(secret: string, version: string, value: string): Promise<void> {
    await this.client.send(
      new PutSecretValueCommand({
        SecretId: secret,
        ClientRequestToken: version,
        SecretString: value,
        VersionStages: ["AWSPENDING"],
      }),
    );
  }

  async promote(secret: string, version: string, instead: string | undefined): Promise<void> {
    await this.client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: secret,
        VersionStage: "AWSCURRENT",
        MoveToVersionId: version,
        ...(instead === undefined ? {} : { RemoveFromVersionId: instead }),
      }),
    );
  }
}
