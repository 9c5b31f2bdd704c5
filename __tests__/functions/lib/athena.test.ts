import {
  type AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  type QueryExecutionState,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import { Athena, DEFAULTS, literal, quoted } from "../../../functions/lib/athena";
import { QueryFailed } from "../../../functions/lib/errors";

/** Athena's API, answering with these states in turn and these pages of rows; the last state stays. */
function fake(
  states: readonly QueryExecutionState[],
  pages: readonly (readonly (string | undefined)[][])[] = [[]],
  names = ["n"],
  options: { readonly reuseMinutes?: number } = {},
) {
  const sent: unknown[] = [];
  const waits: number[] = [];
  let polls = 0;
  const answer = (command: unknown): unknown => {
    sent.push(command);
    if (command instanceof StartQueryExecutionCommand) return { QueryExecutionId: "q1" };
    if (command instanceof GetQueryExecutionCommand) {
      const State = states[Math.min(polls++, states.length - 1)];
      return {
        QueryExecution: {
          Status: { State, StateChangeReason: "TABLE_NOT_FOUND: line 1:15" },
          Statistics: {
            DataScannedInBytes: 1_024,
            TotalExecutionTimeInMillis: 50,
            ResultReuseInformation: { ReusedPreviousResult: options.reuseMinutes !== undefined },
          },
        },
      };
    }
    if (command instanceof GetQueryResultsCommand) {
      const page = Number(command.input.NextToken ?? 0);
      return {
        ResultSet: {
          ResultSetMetadata: { ColumnInfo: names.map((Name) => ({ Name, Type: "varchar" })) },
          Rows: (pages[page] ?? []).map((row) => ({ Data: row.map((VarCharValue) => ({ VarCharValue })) })),
        },
        ...(page + 1 < pages.length ? { NextToken: String(page + 1) } : {}),
      };
    }
    return {};
  };
  const client = { send: async (command: unknown) => answer(command) } as Pick<AthenaClient, "send">;
  const athena = new Athena(client, { workgroup: "wg", wait: async (ms) => waits.push(ms), ...options });
  return { athena, sent, waits };
}

test("runs a statement in the workgroup and the database, and gives its rows by name", async () => {
  const { athena, sent } = fake(
    ["QUEUED", "RUNNING", "SUCCEEDED"],
    [
      [
        ["a", "b"],
        ["1", undefined],
      ],
      [["", "x"]],
    ],
    ["a", "b"],
  );
  expect(await athena.query("SELECT a, b FROM t", "db")).toEqual({
    rows: [
      { a: "1", b: null },
      { a: "", b: "x" },
    ],
    bytesScanned: 1_024,
    milliseconds: 50,
    reused: false,
  });
  expect(sent[0]).toMatchObject({
    input: { QueryString: "SELECT a, b FROM t", WorkGroup: "wg", QueryExecutionContext: { Database: "db" } },
  });
});

test("asks for an earlier result where one does, and says that it got one", async () => {
  const { athena, sent } = fake(["SUCCEEDED"], [[]], ["n"], { reuseMinutes: 60 });
  expect(await athena.query("SELECT 1", "db")).toMatchObject({ reused: true });
  expect(sent[0]).toMatchObject({
    input: { ResultReuseConfiguration: { ResultReuseByAgeConfiguration: { Enabled: true, MaxAgeInMinutes: 60 } } },
  });
  const plain = fake(["SUCCEEDED"]);
  await plain.athena.query("SELECT 1", "db");
  expect(plain.sent[0]).not.toHaveProperty("input.ResultReuseConfiguration");
});

test("takes a first row for the header only where it is the header", async () => {
  expect((await fake(["SUCCEEDED"], [[["x"]]]).athena.query("SHOW TABLES", "db")).rows).toEqual([{ n: "x" }]);
  expect((await fake(["SUCCEEDED"], [[]], []).athena.query("CREATE VIEW …", "db")).rows).toEqual([]);
});

test("asks ever more seldom, and not more seldom than it should", async () => {
  const { athena, waits } = fake([...Array.from({ length: 20 }, () => "RUNNING" as const), "SUCCEEDED"]);
  await athena.query("SELECT 1", "db");
  expect(waits[0]).toBe(DEFAULTS.firstPollMs);
  expect([...waits].sort((a, b) => a - b)).toEqual(waits);
  expect(waits.at(-1)).toBe(DEFAULTS.longestPollMs);
});

test.each(["FAILED", "CANCELLED"] as const)("a query that %s is an error that says why, and which", async (state) => {
  const { athena } = fake(["RUNNING", state]);
  await expect(athena.query("SELECT 1", "db")).rejects.toThrow(QueryFailed);
  await expect(fake([state]).athena.query("SELECT 1", "db")).rejects.toThrow(
    `Query q1 ${state.toLowerCase()}: TABLE_NOT_FOUND: line 1:15. It was: SELECT 1`,
  );
});

test("a query that takes too long is stopped", async () => {
  const { athena, sent, waits } = fake(["RUNNING"]);
  await expect(athena.query("SELECT 1", "db")).rejects.toThrow("took longer than 600 s");
  expect(sent.at(-1)).toBeInstanceOf(StopQueryExecutionCommand);
  expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(DEFAULTS.timeoutMs + DEFAULTS.longestPollMs);
});

test("names and texts cannot break out of their quotes", () => {
  expect(quoted('a"; DROP')).toBe('"a""; DROP"');
  expect(literal("it's")).toBe("'it''s'");
});
