import { DATASETS } from "../../../contracts";
import { buildDefinition, settingsFrom } from "../../../modules/orchestration";
import type { StateMachineDefinition, States } from "../../../modules/orchestration/asl";
import { permissionsOf } from "../../../modules/orchestration/permissions";
import { PARTS } from "./parts";

const TARGETS = {
  parts: PARTS,
  stateMachine: "machine",
  aws: { arn: (service: string, resource: string) => `arn:aws:${service}:us-east-1:123456789012:${resource}` },
};

const definition = buildDefinition(PARTS, settingsFrom());
const permissions = permissionsOf(definition, TARGETS);

/** What AWS asks for each integration, written down here a second time. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  "arn:aws:states:::lambda:invoke": ["lambda:InvokeFunction"],
  "arn:aws:states:::glue:startJobRun.sync": [
    "glue:StartJobRun",
    "glue:GetJobRun",
    "glue:GetJobRuns",
    "glue:BatchStopJobRun",
  ],
  "arn:aws:states:::aws-sdk:glue:startCrawler": ["glue:StartCrawler"],
  "arn:aws:states:::aws-sdk:glue:getCrawler": ["glue:GetCrawler"],
  "arn:aws:states:::aws-sdk:s3:listObjectsV2": ["s3:ListBucket"],
  "arn:aws:states:::s3:listObjectsV2": ["s3:ListBucket"],
  "arn:aws:states:::aws-sdk:sfn:describeExecution": ["states:DescribeExecution"],
  "arn:aws:states:::dynamodb:updateItem": ["dynamodb:UpdateItem"],
  "arn:aws:states:::dynamodb:getItem": ["dynamodb:GetItem"],
  "arn:aws:states:::sns:publish": ["sns:Publish"],
};
const DISTRIBUTED = [
  "states:StartExecution",
  "states:DescribeExecution",
  "states:StopExecution",
  "states:RedriveExecution",
];

test("the role may do what the states do, and nothing else", () => {
  const text = JSON.stringify(definition);
  const integrations = [...text.matchAll(/"Resource":"([^"]+)"/g)].map(([, resource]) => resource ?? "");
  const needed = new Set([...integrations.flatMap((one) => ACTIONS[one] ?? [`unknown: ${one}`]), ...DISTRIBUTED]);
  expect(new Set(permissions.flatMap(({ actions }) => actions))).toEqual(needed);
});

test("every function, job, crawler and topic of the definition is allowed, by name", () => {
  const allowed = permissions.flatMap(({ resources }) => resources);
  const arn = (service: string, resource: string) => TARGETS.aws.arn(service, resource);
  const functions = ["validate-file", "build-manifest", "data-quality", "refresh-tables", "summarize-run"];
  expect(new Set(allowed)).toEqual(
    new Set([
      ...functions.map((name) => arn("lambda", `function:${name}`)),
      ...DATASETS.flatMap((name) => [arn("glue", `job/etl-${name}`), arn("glue", `crawler/raw-${name}`)]),
      arn("glue", "job/merge"),
      arn("dynamodb", "table/run-ledger-test"),
      arn("sns", "pipeline-notifications-test"),
      arn("sns", "data-quality-alerts-test"),
      arn("states", "stateMachine:machine"),
      arn("states", "execution:machine:*"),
      arn("states", "execution:machine/*"),
      "arn:aws:s3:::data-lake-test",
    ]),
  );
});

test("only the raw zone is listed", () => {
  expect(permissions.find(({ sid }) => sid === "ListRawFiles")).toEqual({
    sid: "ListRawFiles",
    actions: ["s3:ListBucket"],
    resources: ["arn:aws:s3:::data-lake-test"],
    conditions: { StringLike: { "s3:prefix": "raw/*" } },
  });
});

test("a topic with a key of its own brings the use of the key", () => {
  const encryptionKeyArn = "arn:aws:kms:us-east-1:123456789012:key/k";
  const topics = {
    notifications: { ...PARTS.topics.notifications, encryptionKeyArn },
    qualityAlerts: { ...PARTS.topics.qualityAlerts, encryptionKeyArn },
  };
  const parts = { ...PARTS, topics };
  const given = permissionsOf(buildDefinition(parts, settingsFrom()), { ...TARGETS, parts });
  expect(given.filter(({ actions }) => actions.some((action) => action.startsWith("kms:")))).toEqual([
    { sid: "EncryptNotifications", actions: ["kms:GenerateDataKey", "kms:Decrypt"], resources: [encryptionKeyArn] },
  ]);
});

test("without its states, a permission goes", () => {
  const { RunCrawlers: _, ...States } = definition.States;
  const fewer = permissionsOf({ ...definition, States }, TARGETS).map(({ sid }) => sid);
  expect(permissions.map(({ sid }) => sid).filter((sid) => !fewer.includes(sid))).toEqual(["RunCrawlers"]);
});

const having = (state: States[string]): StateMachineDefinition => ({ ...definition, States: { State: state } });
const task = (Resource: string, Arguments: Record<string, string>) =>
  having({ Type: "Task", Resource, Arguments, TimeoutSeconds: 1, Retry: [], End: true });

test.each([
  ["an integration", task("arn:aws:states:::sqs:sendMessage", {}), /does not say what .*sqs:sendMessage needs/],
  ["a job", task("arn:aws:states:::glue:startJobRun.sync", { JobName: "other" }), /name other, which is not among/],
  ["a table", task("arn:aws:states:::dynamodb:getItem", { TableName: "other" }), /name other/],
  ["a bucket", task("arn:aws:states:::aws-sdk:s3:listObjectsV2", { Bucket: "other" }), /not the lake's bucket/],
  ["no function", task("arn:aws:states:::lambda:invoke", {}), /an ARN was expected/],
])("%s that nobody knows is an error", (_, machine, message) => {
  expect(() => permissionsOf(machine, TARGETS)).toThrow(message);
});
