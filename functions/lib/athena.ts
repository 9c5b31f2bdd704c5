import { setTimeout as sleep } from "node:timers/promises";
import {
  type AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  type QueryExecution,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import { QueryFailed } from "./errors";

export const DEFAULTS = Object.freeze({
  /** Milliseconds before the state of a query is asked for first, and at most between two questions. */
  firstPollMs: 200,
  longestPollMs: 5_000,
  /** Milliseconds after which a query is stopped. */
  timeoutMs: 600_000,
  /** Minutes that a result may be old where it is asked for again: a day, for the tables change once a day. */
  reuseMinutes: 24 * 60,
});

/** What a query gave: its rows by column name, as text, and what it cost. */
export interface QueryResult {
  readonly rows: readonly Readonly<Record<string, string | null>>[];
  readonly bytesScanned: number;
  readonly milliseconds: number;
  /** Whether an earlier query's result was given again. */
  readonly reused: boolean;
}

/** Runs one statement and gives its rows. */
export type QueryRunner = Pick<Athena, "query">;

export interface AthenaOptions {
  readonly workgroup: string;
  readonly timeoutMs?: number;
  /**
   * Age in minutes, up to 10,080, of results of the same text that do instead of reading the tables again; they may be older than the
   * tables. A workgroup cannot ask for it, each query has to. @default none
   *
   * @see https://docs.aws.amazon.com/athena/latest/ug/reusing-query-results.html
   */
  readonly reuseMinutes?: number;
  /** Waits; a test lets time pass by itself. */
  readonly wait?: (ms: number) => Promise<unknown>;
}

/** Runs queries to their end. */
export class Athena {
  constructor(
    private readonly client: Pick<AthenaClient, "send">,
    private readonly options: AthenaOptions,
  ) {}

  /**
   * Runs one statement.
   *
   * @param parameters for its question marks, as SQL literals.
   * @param reuseMinutes as in the options, for this statement.
   * @throws QueryFailed where Athena refuses it, fails on it, or takes longer than the timeout: the message says why.
   * @example
   * const { rows } = await athena.query("SELECT count(*) AS n FROM reviews", "processed_local");
   */
  async query(
    sql: string,
    database: string,
    parameters: readonly string[] = [],
    reuseMinutes: number | undefined = this.options.reuseMinutes,
  ): Promise<QueryResult> {
    const id = await this.start(sql, database, parameters, reuseMinutes);
    const execution = await this.finish(id, sql);
    return {
      rows: await this.rows(id),
      bytesScanned: execution.Statistics?.DataScannedInBytes ?? 0,
      milliseconds: execution.Statistics?.TotalExecutionTimeInMillis ?? 0,
      reused: execution.Statistics?.ResultReuseInformation?.ReusedPreviousResult ?? false,
    };
  }

  private async start(
    sql: string,
    database: string,
    parameters: readonly string[],
    reuseMinutes: number | undefined,
  ): Promise<string> {
    const { QueryExecutionId } = await this.client.send(
      new StartQueryExecutionCommand({
        QueryString: sql,
        WorkGroup: this.options.workgroup,
        QueryExecutionContext: { Database: database },
        ...reuse(reuseMinutes),
        // Athena refuses an empty list.
        ...(parameters.length === 0 ? {} : { ExecutionParameters: [...parameters] }),
      }),
    );
    if (QueryExecutionId === undefined) throw new QueryFailed(`Athena gave no id for the query: ${sql}`);
    return QueryExecutionId;
  }

  private async finish(id: string, sql: string): Promise<QueryExecution> {
    const { timeoutMs = DEFAULTS.timeoutMs, wait = sleep } = this.options;
    let waited = 0;
    for (
      let pause: number = DEFAULTS.firstPollMs;
      waited < timeoutMs;
      pause = Math.min(pause * 1.5, DEFAULTS.longestPollMs)
    ) {
      await wait(pause);
      waited += pause;
      const { QueryExecution: execution } = await this.client.send(
        new GetQueryExecutionCommand({ QueryExecutionId: id }),
      );
      const state = execution?.Status?.State;
      if (execution !== undefined && state === "SUCCEEDED") return execution;
      if (state === "FAILED" || state === "CANCELLED") {
        throw new QueryFailed(
          `Query ${id} ${state.toLowerCase()}: ${execution?.Status?.StateChangeReason ?? "no reason given"}. It was: ${sql}`,
        );
      }
    }
    await this.client.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
    throw new QueryFailed(`Query ${id} was stopped: it took longer than ${timeoutMs / 1000} s. It was: ${sql}`);
  }

  private async rows(id: string): Promise<Record<string, string | null>[]> {
    const rows: Record<string, string | null>[] = [];
    let names: string[] | undefined;
    let token: string | undefined;
    do {
      const page = await this.client.send(new GetQueryResultsCommand({ QueryExecutionId: id, NextToken: token }));
      const values = (page.ResultSet?.Rows ?? []).map((row) =>
        (row.Data ?? []).map((cell) => cell.VarCharValue ?? null),
      );
      if (names === undefined) {
        names = (page.ResultSet?.ResultSetMetadata?.ColumnInfo ?? []).map((column) => column.Name ?? "");
        // A SELECT's first row is its header; DDL gives none.
        if (values[0]?.every((value, index) => value === names?.[index])) values.shift();
      }
      for (const row of values) {
        rows.push(Object.fromEntries((names ?? []).map((name, index) => [name, row[index] ?? null])));
      }
      token = page.NextToken;
    } while (token !== undefined);
    return rows;
  }
}

function reuse(minutes: number | undefined) {
  if (minutes === undefined) return {};
  return {
    ResultReuseConfiguration: { ResultReuseByAgeConfiguration: { Enabled: true, MaxAgeInMinutes: minutes } },
  };
}

/** A name in a query. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text in a query. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
