import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { CloudwatchQueryDefinition } from "@cdktf/provider-aws/lib/cloudwatch-query-definition";
import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { Names } from "../lib/naming";
import { pascal } from "../lib/words";

/** Log groups that a query can be about, by what their names begin with. */
const GROUPS = { functions: ["/aws/lambda/"], jobs: ["/aws-glue/"], both: ["/aws/lambda/", "/aws-glue/"] } as const;

interface SavedQuery {
  readonly name: string;
  readonly of: keyof typeof GROUPS;
  /** In the order in which they are read; fields are those of `functions/lib/logger.ts` and of Lambda's own reports. */
  readonly clauses: readonly string[];
}

/** What operators ask the logs; docs/operations.md says when. */
export const SAVED_QUERIES: readonly SavedQuery[] = [
  {
    name: "errors",
    of: "both",
    clauses: [
      "fields time, function, job, run, date, dataset, message, cause, reason",
      'filter level in ["warn", "error"] or @message like /Task timed out|Runtime exited|Traceback/',
      "sort @timestamp desc",
      "limit 200",
    ],
  },
  {
    name: "run",
    of: "both",
    clauses: [
      "fields time, step, function, job, dataset, level, message, @message",
      'filter run = "RUN"',
      "sort @timestamp asc",
      "limit 1000",
    ],
  },
  {
    name: "files",
    of: "functions",
    clauses: [
      'filter function = "validate-file" and ispresent(state)',
      "stats count(*) as files, sum(rows) as records, sum(badRows) as bad, sum(bytes) as size by dataset, state",
      "sort dataset asc, state asc",
    ],
  },
  {
    name: "rejected-files",
    of: "functions",
    clauses: [
      "fields time, dataset, key, code, reason",
      'filter function = "validate-file" and state = "rejected"',
      "sort @timestamp desc",
      "limit 200",
    ],
  },
  {
    name: "slow-invocations",
    of: "functions",
    clauses: [
      'filter @type = "REPORT"',
      "stats count(*) as calls, avg(@duration) as average, pct(@duration, 99) as slowest, max(@maxMemoryUsed / 1000000) as mb by @log",
      "sort slowest desc",
    ],
  },
  {
    name: "jobs",
    of: "jobs",
    clauses: ["fields time, job, run, date, seconds", 'filter message = "done"', "sort @timestamp desc", "limit 100"],
  },
];

/**
 * Saves queries of the logs, over the log groups that the stack has.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
 */
export function saveQueries(scope: Construct, names: Names): void {
  const groups = TerraformStack.of(scope)
    .node.findAll()
    .filter((node) => node instanceof CloudwatchLogGroup);
  for (const { name, of, clauses } of SAVED_QUERIES) {
    const about = groups.filter(({ nameInput = "" }) => GROUPS[of].some((prefix) => nameInput.startsWith(prefix)));
    if (about.length === 0) continue;
    new CloudwatchQueryDefinition(scope, pascal(`${name}-query`), {
      name: names.logQuery(name),
      logGroupNames: about.map((group) => group.name),
      queryString: clauses.join(" | "),
    });
  }
}
