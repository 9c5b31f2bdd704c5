import { jsonata, literal } from "../asl";
import type { RunContext, RunStates } from "../run-context";

const TRIGGERS = ["cli", "schedule", "upload", "event"] as const;

// Days that exist, without asking a date function: those disagree on how to refuse the 30th of February.
const DAY =
  "[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))";
const LEAP_DAY = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29";
const INSTANT = `(${DAY}|${LEAP_DAY})T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]+)?Z`;

const NAME = "[A-Za-z0-9_-]{1,80}";

const isText = (value: string, pattern: string) =>
  `($type(${value}) = 'string' ? $contains(${value}, /^(${pattern})$/) : false)`;

/**
 * Reads the input into variables and refuses what no run can be made of, before anything is locked or written.
 *
 * The date is the input's, or else the UTC day before `scheduledTime`, which the daily schedule sends.
 */
export function readInput({ datasets }: RunContext): RunStates {
  const known = JSON.stringify(datasets);
  const input = "$states.input";
  const given = (field: string, otherwise: string) =>
    jsonata(`$exists(${input}.${field}) ? ${input}.${field} : ${otherwise}`);
  const refuse = (condition: string, problem: string) => ({
    Condition: jsonata(condition),
    Assign: { problem: jsonata(problem) },
    Next: "InvalidInput",
  });
  return {
    ReadInput: {
      Type: "Pass",
      Assign: {
        run: given("redrives", "$states.context.Execution.Name"),
        execution: jsonata("$states.context.Execution.Name"),
        redrives: jsonata(`$exists(${input}.redrives)`),
        processingTime: jsonata("$states.context.Execution.StartTime"),
        date: jsonata(`
          $exists(${input}.date) ? ${input}.date
          : ${isText(`${input}.scheduledTime`, INSTANT)}
            ? $fromMillis($toMillis(${input}.scheduledTime) - 86400000, '[Y0001]-[M01]-[D01]')
            : null`),
        trigger: given("trigger", "'cli'"),
        datasets: given("datasets", known),
        promote: given("promote", "[]"),
        rounds: 0,
        from: null,
        done: [],
        files: null,
        quality: null,
        tables: null,
        failure: null,
        failures: [],
      },
      Output: {},
      Next: "ValidateInput",
    },
    ValidateInput: {
      Type: "Choice",
      Choices: [
        refuse("$date = null", literal("there is no date: give one as YYYY-MM-DD")),
        refuse(
          `$not(${isText("$date", `${DAY}|${LEAP_DAY}`)})`,
          `"the date must be a day of the calendar as YYYY-MM-DD, and is " & $string($date)`,
        ),
        refuse(
          `$not($trigger in ${JSON.stringify(TRIGGERS)})`,
          `${literal(`the trigger must be one of ${TRIGGERS.join(", ")}, and is `)} & $string($trigger)`,
        ),
        refuse(
          `$not($type($datasets) = 'array' ? $count($datasets) > 0 and $count($filter($datasets, function($dataset) { $not($dataset in ${known}) })) = 0
            and $count($distinct($datasets)) = $count($datasets) : false)`,
          `${literal(`the datasets must be a list of different ones of ${datasets.join(", ")}, and are `)} & $string($datasets)`,
        ),
        refuse(
          "$not($type($promote) = 'array' ? $count($filter($promote, function($check) { $type($check) != 'string' })) = 0 : false)",
          `${literal("promote must be a list of ids of data quality checks, and is ")} & $string($promote)`,
        ),
        refuse(
          `$not(${isText("$run", NAME)} and ${isText("$execution", NAME)})`,
          `"a run's name must be made of A-Z, a-z, 0-9, - and _, and is " & $string($run)`,
        ),
      ],
      Default: "AcquireLock",
    },
    InvalidInput: {
      Type: "Fail",
      Error: "InvalidInput",
      // What was received may be long, and a cause has a limit.
      Cause: jsonata("'The run was not started: ' & $substring($problem, 0, 1000) & '.'"),
    },
  };
}
