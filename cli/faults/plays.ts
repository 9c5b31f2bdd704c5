/** Scenarios that are more than one run under faults. */
import { setTimeout as sleep } from "node:timers/promises";
import { StopExecutionCommand } from "@aws-sdk/client-sfn";
import { CreateTopicCommand, DeleteTopicCommand, ListTopicsCommand, SNSClient } from "@aws-sdk/client-sns";
import { redriveBatch } from "../lib/batch";
import { clientConfig } from "../lib/lake";
import type { Observation } from "./lab";
import type { Played, Stage } from "./scenario";

/** One run under its faults, from its start or from where it failed. */
export async function playPlainly({ lab, date, run, datasets, goesOn }: Stage): Promise<Played> {
  const execution = goesOn ? await redriveBatch(lab.lake, { run, date }) : await lab.start(date, run, datasets);
  return { seen: await lab.observe(execution, datasets), problems: [] };
}

/**
 * One run, two seconds after the files. S3 tells the second in which a file came, and one that came in the second of the start may be late.
 */
export async function playLater(stage: Stage): Promise<Played> {
  await sleep(2_000);
  return playPlainly(stage);
}

/** One run while the topic of its messages is gone. */
export async function playWithoutTopic(stage: Stage): Promise<Played> {
  const { environment, names, local } = stage.lab.lake;
  const sns = new SNSClient(clientConfig(environment, local));
  const { Topics = [] } = await sns.send(new ListTopicsCommand({}));
  const TopicArn = Topics.find((one) => one.TopicArn?.endsWith(`:${names.notificationsTopic}`))?.TopicArn;
  await sns.send(new DeleteTopicCommand({ TopicArn }));
  try {
    return await playPlainly(stage);
  } finally {
    await sns.send(new CreateTopicCommand({ Name: names.notificationsTopic }));
    await stage.lab.reopenInbox();
  }
}

/** A run is stopped, and close-run, which frees the locks of such a run, fails. */
export async function playHolderDies({ lab, date, run, datasets }: Stage): Promise<Played> {
  const hangs = await lab.faults.ask({ target: "lambda:build-manifest", fault: "timeout", containing: run });
  const crashes = await lab.faults.ask({
    target: "lambda:close-run",
    fault: "crash",
    times: "always",
    containing: run,
  });
  const execution = await lab.start(date, run, datasets);
  await lab.untilStruck([hangs]);
  await lab.lake.stepFunctions.send(new StopExecutionCommand({ executionArn: execution.arn }));
  await lab.untilStruck([crashes], 3);
  const seen = await lab.observe(execution, datasets);
  for (const fault of [hangs, crashes]) await lab.faults.lift(fault);
  const problems = seen.holders.includes(run) ? [] : ["the lock was free already: the holder left none behind"];
  return { seen: { ...seen, holders: [] }, problems };
}

/** Two runs of a date at once; the one that gets the lock is looked at. */
export async function playRace({ lab, date, run, datasets }: Stage): Promise<Played> {
  const names = [run, lab.newRun(date)];
  const executions = await Promise.all(names.map((name) => lab.start(date, name, datasets)));
  const ends = await Promise.all(executions.map((execution) => lab.follow(execution)));
  const winner = ends[0]?.status === "SUCCEEDED" ? 0 : 1;
  const loser = ends[1 - winner];
  const won = executions[winner];
  if (won === undefined) throw new Error("two executions have a winner");
  const problems = [
    ...(loser?.failure?.error === "RunInProgress"
      ? []
      : [`the other ended as ${loser?.status} ${loser?.failure?.error}`]),
    ...(loser?.failure?.cause.includes(won.run) === true ? [] : ["the other was not told which run holds the date"]),
  ];
  return { seen: await lab.observe(won, datasets), problems };
}

/** A run that fails, and is gone on with. */
export async function playRedrive(stage: Stage): Promise<Played> {
  const { lab, date, run, datasets } = stage;
  const first = await lab.observe(await lab.start(date, run, datasets), datasets);
  return goOn(stage, first, "FAILED");
}

/** A run that is stopped while its job is at work, and is gone on with. */
export async function playRedriveOfStopped(stage: Stage): Promise<Played> {
  const { lab, date, run, datasets } = stage;
  const hangs = await lab.faults.ask({ target: "glue:transaction-etl", fault: "timeout", containing: run });
  const execution = await lab.start(date, run, datasets);
  await lab.untilStruck([hangs]);
  await lab.lake.stepFunctions.send(new StopExecutionCommand({ executionArn: execution.arn }));
  const first = await lab.observe(execution, datasets);
  await lab.faults.lift(hangs);
  return goOn(stage, first, "ABORTED");
}

async function goOn({ lab, date, run, datasets }: Stage, first: Observation, expected: string): Promise<Played> {
  const problems = first.status === expected ? [] : [`before it was redriven it ended as ${first.status}`];
  if (first.notices.length === 0) problems.push("nobody was told of its first end");
  return { seen: await lab.observe(await redriveBatch(lab.lake, { run, date }), datasets), problems };
}
