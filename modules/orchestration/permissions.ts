import type { Aws } from "../lib/aws";
import type { Permission } from "../lib/service-role";
import type { Json, MapState, State, StateMachineDefinition, States, TaskState } from "./asl";
import type { RunParts } from "./orchestration-props";
import { RESOURCES } from "./tasks";

/** What the states' arguments stand for. */
export interface PermissionTargets {
  readonly parts: RunParts;
  /** Physical name of the state machine; its ARN is not known before its role is. */
  readonly stateMachine: string;
  readonly aws: Pick<Aws, "arn">;
}

/** Actions that an integration needs on what its arguments name. */
interface Need {
  readonly sid: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: NonNullable<Permission["conditions"]>;
}

/**
 * What the role of a state machine must be allowed, read off its states: each integration gives its actions, its arguments the
 * resources. A state that goes takes its permission with it.
 *
 * @throws Error on an integration or an argument that nobody said how to permit.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html
 */
export function permissionsOf(definition: StateMachineDefinition, targets: PermissionTargets): Permission[] {
  const merged = new Map<string, Need>();
  for (const need of [...walk(definition.States)].flatMap((state) => needs(state, targets))) {
    const known = merged.get(need.sid);
    merged.set(need.sid, {
      ...need,
      actions: unique([...(known?.actions ?? []), ...need.actions]),
      resources: unique([...(known?.resources ?? []), ...need.resources]),
    });
  }
  return [...merged.values()];
}

/** Every state, those inside Maps and Parallels too. */
export function* walk(states: States): Generator<State> {
  for (const state of Object.values(states)) {
    yield state;
    if (state.Type === "Map") yield* walk(state.ItemProcessor.States);
    if (state.Type === "Parallel") for (const branch of state.Branches) yield* walk(branch.States);
  }
}

function needs(state: State, targets: PermissionTargets): Need[] {
  if (state.Type === "Task") return taskNeeds(state, targets);
  if (state.Type === "Map") return mapNeeds(state, targets);
  return [];
}

function taskNeeds({ Resource, Arguments }: TaskState, { parts, stateMachine, aws }: PermissionTargets): Need[] {
  switch (Resource) {
    case RESOURCES.invoke:
      return [
        { sid: "InvokeFunctions", actions: ["lambda:InvokeFunction"], resources: [text(Arguments.FunctionName)] },
      ];
    case RESOURCES.startJobRun:
      return [
        {
          sid: "RunJobs",
          // Beside starting it: watching it to its end, and stopping it where the run is stopped.
          actions: ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"],
          resources: [arnOf(Arguments.JobName, [...datasetsOf(parts).map(({ job }) => job), parts.mergeJob])],
        },
      ];
    case RESOURCES.startCrawler:
      return [{ sid: "RunCrawlers", actions: ["glue:StartCrawler"], resources: crawlersOf(parts) }];
    case RESOURCES.getCrawler:
      return [{ sid: "RunCrawlers", actions: ["glue:GetCrawler"], resources: crawlersOf(parts) }];
    case RESOURCES.updateItem:
      return [
        {
          sid: "WriteRunLedger",
          actions: ["dynamodb:UpdateItem"],
          resources: [ledgerArn(parts, Arguments.TableName)],
        },
      ];
    case RESOURCES.getItem:
      return [
        { sid: "WriteRunLedger", actions: ["dynamodb:GetItem"], resources: [ledgerArn(parts, Arguments.TableName)] },
      ];
    case RESOURCES.listObjects:
      return [listing(parts, Arguments.Bucket)];
    case RESOURCES.describeExecution:
      return [
        {
          sid: "LookAtRuns",
          actions: ["states:DescribeExecution"],
          resources: [aws.arn("states", `execution:${stateMachine}:*`)],
        },
      ];
    case RESOURCES.publish:
      return publishing(parts, text(Arguments.TopicArn));
    default:
      throw new Error(`permissions.ts does not say what ${Resource} needs: add it.`);
  }
}

function mapNeeds({ ItemReader, ItemProcessor }: MapState, { parts, stateMachine, aws }: PermissionTargets): Need[] {
  const needed: Need[] = [];
  if (ItemReader !== undefined) {
    if (ItemReader.Resource !== RESOURCES.readListing) {
      throw new Error(`permissions.ts does not say what the reader ${ItemReader.Resource} needs: add it.`);
    }
    needed.push(listing(parts, ItemReader.Arguments.Bucket));
  }
  if (ItemProcessor.ProcessorConfig.Mode === "DISTRIBUTED") {
    needed.push(
      {
        sid: "StartChildExecutions",
        actions: ["states:StartExecution"],
        resources: [aws.arn("states", `stateMachine:${stateMachine}`)],
      },
      {
        sid: "FollowChildExecutions",
        actions: ["states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"],
        // A child execution's ARN: <state machine>/<label of the Map>:<id>.
        resources: [aws.arn("states", `execution:${stateMachine}/*`)],
      },
    );
  }
  return needed;
}

function ledgerArn({ runLedger }: RunParts, table: Json | undefined): string {
  return arnOf(table, [{ name: runLedger.tableName, arn: runLedger.tableArn }]);
}

function listing({ lake }: RunParts, bucket: Json | undefined): Need {
  if (bucket !== lake.bucketName) throw new Error(`the states list ${String(bucket)}, which is not the lake's bucket.`);
  return {
    sid: "ListRawFiles",
    actions: ["s3:ListBucket"],
    resources: [lake.bucketArn],
    conditions: { StringLike: { "s3:prefix": "raw/*" } },
  };
}

function publishing({ topics }: RunParts, arn: string): Need[] {
  const topic = Object.values(topics).find((known) => known.arn === arn);
  const key = topic?.encryptionKeyArn;
  return [
    { sid: "PublishNotifications", actions: ["sns:Publish"], resources: [arn] },
    ...(key === undefined
      ? []
      : [{ sid: "EncryptNotifications", actions: ["kms:GenerateDataKey", "kms:Decrypt"], resources: [key] }]),
  ];
}

const datasetsOf = (parts: RunParts) => Object.values(parts.datasets);
const crawlersOf = (parts: RunParts) => datasetsOf(parts).map(({ crawler }) => crawler.arn);
const unique = (values: readonly string[]) => [...new Set(values)];

function arnOf(name: Json | undefined, known: readonly { readonly name: string; readonly arn: string }[]): string {
  const found = known.find((resource) => resource.name === name);
  if (found === undefined)
    throw new Error(`the states name ${String(name)}, which is not among ${known.map((one) => one.name)}.`);
  return found.arn;
}

function text(value: Json | undefined): string {
  if (typeof value !== "string") throw new Error(`an ARN was expected, not ${JSON.stringify(value)}.`);
  return value;
}
