import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { GlueJob as AwsGlueJob } from "@cdktf/provider-aws/lib/glue-job";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import type { LakeZone } from "../lake";
import { aws } from "../lib/aws";
import { ConfigurationError } from "../lib/errors";
import type { AlarmLimits, Measured, Measures } from "../lib/measures";
import type { JobName, Names } from "../lib/naming";
import { type Grantee, type Permission, ServiceRole } from "../lib/service-role";
import type { StoredFile } from "../lib/stored-file";
import { dataTags } from "../lib/tags";
import { wholeNumber } from "../lib/whole-number";
import { DEFAULTS } from "./defaults";
import type { ExecutionClass, JobSettings } from "./etl-props";
import type { JobEncryption } from "./job-encryption";
import { jobMeasures } from "./job-measures";
import { sparkConf } from "./spark";

/**
 * @see https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html
 * @see https://docs.aws.amazon.com/general/latest/gr/glue.html
 */
const LIMITS = {
  maxWorkers: { min: 2, max: 100 },
  timeoutMinutes: { min: 1, max: 2_880 },
  maxConcurrentRuns: { min: 1, max: 1_000 },
} as const;

export interface GlueJobProps extends JobSettings {
  readonly names: Names;
  readonly jobName: JobName;
  readonly description: string;
  /** Tag `DataSource`. */
  readonly dataSource: string;
  readonly script: StoredFile;
  readonly package: StoredFile;
  /** Where Iceberg tables go that have no place of their own. */
  readonly warehouse: string;
  /** Where runs leave what the Spark UI shows. */
  readonly sparkLogs: LakeZone;
  /** Encrypts logs, bookmarks and what is written; without it, AWS's own keys do. */
  readonly encryption?: JobEncryption;
  /** Arguments of every run, keys with their `--`. */
  readonly arguments: Readonly<Record<string, string>>;
}

/**
 * A Glue 5.1 Spark job with Iceberg, its own role and its own logs. It never retries by itself: the state machine does, so that
 * one failure starts one rerun.
 *
 * @example
 * job.grantRun(stateMachineRole);
 */
export class GlueJob extends Construct implements Grantee, Measured {
  readonly name: string;
  readonly arn: string;
  readonly role: ServiceRole;
  private readonly names: Names;
  private readonly jobName: JobName;

  /** @throws ConfigurationError on sizes that Glue does not allow. */
  constructor(scope: Construct, id: string, props: GlueJobProps) {
    super(scope, id);
    const { names, jobName, script, warehouse, sparkLogs, encryption, network } = props;
    this.names = names;
    this.jobName = jobName;
    const maxWorkers = this.inRange("maxWorkers", props.maxWorkers);
    const timeout = this.inRange("timeoutMinutes", props.timeoutMinutes);
    const maxConcurrentRuns = this.inRange("maxConcurrentRuns", props.maxConcurrentRuns);

    const executionClass = this.executionClass(props);
    const sparkUi = props.sparkUi ?? DEFAULTS.sparkUi;

    const roleName = names.role(jobName.replaceAll("_", "-"));
    this.role = new ServiceRole(this, "Role", {
      name: roleName,
      service: "glue.amazonaws.com",
      description: `What the job ${jobName} may do`,
    });
    const logPrefix = names.logGroups.jobPrefix(jobName);
    const logs = (["error", "output"] as const).map(
      (stream) =>
        new CloudwatchLogGroup(this, stream === "error" ? "ErrorLogs" : "OutputLogs", {
          name: `${encryption?.logPrefix(logPrefix, roleName) ?? logPrefix}/${stream}`,
          retentionInDays: props.logRetentionDays ?? DEFAULTS.logRetentionDays,
        }),
    );
    // Groups and their streams alike. One resource, not four of twice the length: a role's policy has 10,240 characters.
    const ownLogs = aws(this).arn("logs", `log-group:${logPrefix}/*`);
    this.role.allow(
      {
        sid: "WriteLogs",
        // The groups are there; Glue asks to create them all the same.
        actions: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [ownLogs],
      },
      {
        sid: "SendMetrics",
        actions: ["cloudwatch:PutMetricData"],
        resources: ["*"], // metrics are no resources; the namespace narrows it
        conditions: { StringEquals: { "cloudwatch:namespace": "Glue" } },
      },
    );
    encryption?.grantUse(this.role, ownLogs);
    network?.grantAttach(this.role);
    script.grantRead(this.role);
    props.package.grantRead(this.role);
    if (sparkUi) sparkLogs.grantReadWrite(this.role, `${names.job(jobName)}/*`); // Spark renames what it wrote

    const defaultArguments: Record<string, string> = {
      "--job-language": "python",
      "--extra-py-files": props.package.uri,
      "--datalake-formats": "iceberg",
      "--conf": sparkConf(warehouse),
      "--enable-auto-scaling": "true",
      "--enable-metrics": "true",
      "--enable-observability-metrics": "true",
      "--enable-continuous-cloudwatch-log": "true",
      "--custom-logGroup-prefix": logPrefix,
      ...(sparkUi
        ? { "--enable-spark-ui": "true", "--spark-event-logs-path": sparkLogs.uri(`${names.job(jobName)}/`) }
        : {}),
      // The file ledger knows what each run consumed; a bookmark would know it differently.
      "--job-bookmark-option": "job-bookmark-disable",
      ...props.arguments,
    };
    const job = new AwsGlueJob(this, "Job", {
      name: names.job(jobName),
      description: props.description,
      roleArn: this.role.arn,
      glueVersion: "5.1",
      command: { name: "glueetl", pythonVersion: "3", scriptLocation: script.uri },
      workerType: props.workerType ?? DEFAULTS.workerType,
      numberOfWorkers: maxWorkers,
      timeout,
      maxRetries: 0,
      executionClass,
      ...(network === undefined ? {} : { connections: network.connections }),
      ...(encryption === undefined ? {} : { securityConfiguration: encryption.name }),
      executionProperty: { maxConcurrentRuns },
      defaultArguments: Fn.zipmap(Object.keys(defaultArguments), Object.values(defaultArguments)),
      tags: dataTags({ classification: "restricted", source: props.dataSource }),
      dependsOn: logs,
    });
    this.name = job.name;
    this.arn = job.arn;
  }

  /** Lets the job itself do something. */
  allow(...permissions: Permission[]): void {
    this.role.allow(...permissions);
  }

  measures(limits: AlarmLimits): Measures {
    return jobMeasures({ names: this.names, jobName: this.jobName, name: this.name }, limits);
  }

  /** May start runs of the job, look at them, and stop them. */
  grantRun(role: Grantee): void {
    role.allow({
      sid: `Run${this.node.id}`,
      actions: ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"],
      resources: [this.arn],
    });
  }

  private executionClass({
    executionClass = DEFAULTS.executionClass,
    workerType = DEFAULTS.workerType,
  }: JobSettings): ExecutionClass {
    if (executionClass === "FLEX" && workerType !== "G.1X" && workerType !== "G.2X") {
      throw new ConfigurationError(this, {
        rule: "flexible execution has workers of type G.1X or G.2X alone",
        received: workerType,
        remedy: "choose one of them, or the execution class STANDARD",
      });
    }
    return executionClass;
  }

  private inRange(option: keyof typeof LIMITS, given: number | undefined): number {
    return wholeNumber(this, `${option} of a Glue job`, given ?? DEFAULTS[option], LIMITS[option], DEFAULTS[option]);
  }
}
