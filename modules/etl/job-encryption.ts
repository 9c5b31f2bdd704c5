import { GlueSecurityConfiguration } from "@cdktf/provider-aws/lib/glue-security-configuration";
import { Construct } from "constructs";
import type { LakeBucket } from "../lake";
import { checkedName } from "../lib/naming";
import type { Grantee } from "../lib/service-role";

export interface JobEncryptionProps {
  /** Name of the security configuration. */
  readonly name: string;
  /** ARN of the key of logs and bookmarks. */
  readonly logsKeyArn: string;
  /** What jobs write to: its key encrypts that, S3's own where it has none. */
  readonly lake: LakeBucket;
}

/** How Glue encrypts what jobs leave: logs and bookmarks by the key of the logs, files as the lake does. */
export class JobEncryption extends Construct {
  readonly name: string;
  private readonly configurationName: string;
  private readonly logsKeyArn: string;

  /** @throws ConfigurationError on a name that Glue does not allow. */
  constructor(scope: Construct, id: string, { name, logsKeyArn, lake }: JobEncryptionProps) {
    super(scope, id);
    this.configurationName = checkedName("securityConfiguration", name);
    this.logsKeyArn = logsKeyArn;
    const configuration = new GlueSecurityConfiguration(this, "Configuration", {
      name,
      encryptionConfiguration: {
        cloudwatchEncryption: { cloudwatchEncryptionMode: "SSE-KMS", kmsKeyArn: logsKeyArn },
        jobBookmarksEncryption: { jobBookmarksEncryptionMode: "CSE-KMS", kmsKeyArn: logsKeyArn },
        s3Encryption:
          lake.kmsKeyArn === undefined
            ? { s3EncryptionMode: "SSE-S3" }
            : { s3EncryptionMode: "SSE-KMS", kmsKeyArn: lake.kmsKeyArn },
      },
    });
    this.name = configuration.name;
  }

  /**
   * What the names of a job's log groups begin with: Glue keeps encrypted logs in groups of their own.
   *
   * @param prefix what they would begin with unencrypted.
   * @see https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html
   */
  logPrefix(prefix: string, roleName: string): string {
    return `${prefix}/${this.configurationName}-role/${roleName}`;
  }

  /**
   * May write encrypted logs and bookmarks.
   *
   * @param logGroups ARN of the job's log groups, `*` for anything.
   */
  grantUse(role: Grantee, logGroups: string): void {
    role.allow(
      // The groups have the key already; Glue asks to give it to them all the same, and writes nothing where it may not.
      { sid: "EncryptLogs", actions: ["logs:AssociateKmsKey"], resources: [logGroups] },
      // The job itself encrypts them.
      {
        sid: "EncryptBookmarks",
        actions: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
        resources: [this.logsKeyArn],
      },
    );
  }
}
