import { AthenaWorkgroup } from "@cdktf/provider-aws/lib/athena-workgroup";
import { Construct } from "constructs";
import type { LakeZone } from "../lake";
import { aws } from "../lib/aws";
import { destroysData } from "../lib/data-deletion";
import { ConfigurationError } from "../lib/errors";
import type { AlarmLimits, Measured, Measures } from "../lib/measures";
import { checkedName } from "../lib/naming";
import type { Grantee } from "../lib/service-role";
import { dataTags } from "../lib/tags";
import { kebab } from "../lib/words";
import { DEFAULTS } from "./defaults";
import { workgroupMeasures } from "./query-measures";

/** Athena takes no lower limit. @see https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfiguration.html */
const MIN_CUTOFF_BYTES = 10_000_000;

export interface WorkgroupProps {
  readonly name: string;
  /** Where results go. */
  readonly results: LakeZone;
  /** Part of the zone that results go to, ending in `/`, for a workgroup whose results others shall not read; without it, the zone. */
  readonly resultsPath?: string;
  /** Bytes after which a query is stopped, at least 10,000,000. @default 1_000_000_000_000 */
  readonly bytesScannedCutoff?: number;
  /** Whether it is destroyed with its queries' history; takes `permitDataDeletion` as well. @default false */
  readonly destroyData?: boolean;
}

/** An Athena workgroup whose settings no client can override: engine 3, encrypted results in one place, a limit on each query. */
export class Workgroup extends Construct implements Measured {
  readonly workgroupName: string;
  readonly workgroupArn: string;
  private readonly results: LakeZone;
  private readonly path: string;
  private readonly called: string;
  private readonly cutoff: number;

  /** @throws ConfigurationError on a cutoff that Athena does not take. */
  constructor(scope: Construct, id: string, props: WorkgroupProps) {
    super(scope, id);
    const cutoff = props.bytesScannedCutoff ?? DEFAULTS.bytesScannedCutoff;
    if (!Number.isInteger(cutoff) || cutoff < MIN_CUTOFF_BYTES) {
      throw new ConfigurationError(this, {
        rule: `bytesScannedCutoff is a whole number of bytes, at least ${MIN_CUTOFF_BYTES}`,
        received: cutoff,
        remedy: `raise it, or leave it out for ${DEFAULTS.bytesScannedCutoff}`,
      });
    }
    this.called = props.name;
    this.cutoff = cutoff;
    this.path = props.resultsPath ?? "";
    if (!/^([a-z0-9-]+\/)*$/.test(this.path)) {
      throw new ConfigurationError(this, {
        rule: "a path of results is folders of lower-case letters, digits and dashes, each with its slash",
        received: this.path,
        remedy: 'write it like "analysts/"',
      });
    }
    const { kmsKeyArn } = props.results.bucket;
    const workgroup = new AthenaWorkgroup(this, "Workgroup", {
      name: checkedName("workgroup", props.name),
      description: "Queries of the lake",
      forceDestroy: destroysData(this, props.destroyData ?? DEFAULTS.destroyData),
      configuration: {
        enforceWorkgroupConfiguration: true,
        publishCloudwatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: cutoff,
        engineVersion: { selectedEngineVersion: "Athena engine version 3" },
        resultConfiguration: {
          outputLocation: props.results.uri(this.path),
          expectedBucketOwner: aws(this).account,
          encryptionConfiguration:
            kmsKeyArn === undefined ? { encryptionOption: "SSE_S3" } : { encryptionOption: "SSE_KMS", kmsKeyArn },
        },
      },
      tags: dataTags({ classification: props.results.settings.classification, source: "all" }),
    });
    this.workgroupName = workgroup.name;
    this.workgroupArn = workgroup.arn;
    this.results = props.results;
  }

  measures(limits: AlarmLimits): Measures {
    const { called, cutoff } = this;
    const of = kebab(this.node.id);
    return workgroupMeasures({ of, called, name: this.workgroupName, bytesScannedCutoff: cutoff }, limits);
  }

  /** May list and read the queries that are saved here. */
  grantSavedQueries(role: Grantee): void {
    role.allow({
      sid: `ReadQueriesOf${this.node.id}`,
      actions: ["athena:BatchGetNamedQuery", "athena:GetNamedQuery", "athena:ListNamedQueries"],
      resources: [this.workgroupArn],
    });
  }

  /** May run queries here and read their results; what a query reads is granted by databases and zones. */
  grantQuery(role: Grantee): void {
    role.allow(
      {
        sid: `Query${this.node.id}`,
        actions: [
          "athena:StartQueryExecution",
          "athena:GetQueryExecution",
          "athena:GetQueryResults",
          "athena:StopQueryExecution",
          "athena:GetWorkGroup",
        ],
        resources: [this.workgroupArn],
      },
      // Athena looks for the region's default database before it looks at any other.
      // @see https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
      {
        sid: "LocateCatalog",
        actions: ["glue:GetDatabase"],
        resources: [aws(this).arn("glue", "catalog"), aws(this).arn("glue", "database/default")],
      },
      // And it asks for the bucket's region before it writes a result.
      { sid: "LocateResults", actions: ["s3:GetBucketLocation"], resources: [this.results.bucket.bucketArn] },
    );
    this.results.grantRead(role, `${this.path}*`);
    this.results.grantWrite(role, `${this.path}*`);
  }
}
