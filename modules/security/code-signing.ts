import { LambdaCodeSigningConfig } from "@cdktf/provider-aws/lib/lambda-code-signing-config";
import { SignerSigningJob } from "@cdktf/provider-aws/lib/signer-signing-job";
import { SignerSigningProfile } from "@cdktf/provider-aws/lib/signer-signing-profile";
import { Construct } from "constructs";
import type { CodeSigner } from "../lib/lambda-function";
import type { FileStore, StoredFile } from "../lib/stored-file";
import { wholeNumber } from "../lib/whole-number";

export interface CodeSigningProps {
  /** What the signing profile's name begins with: letters, digits and `_`. */
  readonly profilePrefix: string;
  /** Where the signed code is kept, under `signed/`. */
  readonly store: FileStore;
  /** Months for which a signature holds, 1–135; unsigned code that is deployed already runs on. @default 135 */
  readonly validMonths?: number;
}

export const CODE_SIGNING_DEFAULTS = Object.freeze({ validMonths: 135 });

/** @see https://docs.aws.amazon.com/signer/latest/api/API_PutSigningProfile.html */
const VALID_MONTHS = { min: 1, max: 135 };

/**
 * Signs the code of functions by AWS Signer, and has Lambda refuse any other: who may change a function, but may not sign, cannot put
 * code of his own there.
 *
 * @example
 * const codeSigner = new CodeSigning(this, "CodeSigning", { profilePrefix: "commerce_lake_prod_", store: lake.artifacts });
 * new Query(this, "Query", { …, functions: { codeSigner } });
 */
export class CodeSigning extends Construct implements CodeSigner {
  readonly configArn: string;
  private readonly profile: SignerSigningProfile;
  private readonly store: FileStore;

  /** @throws ConfigurationError on a validity out of range. */
  constructor(scope: Construct, id: string, props: CodeSigningProps) {
    super(scope, id);
    this.store = props.store;
    const months = props.validMonths ?? CODE_SIGNING_DEFAULTS.validMonths;
    this.profile = new SignerSigningProfile(this, "Profile", {
      platformId: "AWSLambda-SHA384-ECDSA",
      namePrefix: props.profilePrefix,
      signatureValidityPeriod: {
        type: "MONTHS",
        value: wholeNumber(this, "validMonths", months, VALID_MONTHS, CODE_SIGNING_DEFAULTS.validMonths),
      },
    });
    const config = new LambdaCodeSigningConfig(this, "Config", {
      description: "Code of the lake's functions is signed",
      allowedPublishers: { signingProfileVersionArns: [this.profile.versionArn] },
      policies: { untrustedArtifactOnDeployment: "Enforce" },
    });
    this.configArn = config.arn;
  }

  sign(scope: Construct, code: StoredFile): { readonly bucket: string; readonly key: string } {
    const job = new SignerSigningJob(scope, "Signed", {
      profileName: this.profile.name,
      source: { s3: { bucket: code.bucketName, key: code.key, version: code.version } },
      destination: { s3: { bucket: this.store.bucketName, prefix: `${this.store.prefix}signed/` } },
    });
    const { s3 } = job.signedObject.get(0);
    return { bucket: s3.get(0).bucket, key: s3.get(0).key };
  }
}
