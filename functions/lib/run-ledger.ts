import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  paginateQuery,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { fromAttributes, type Item, type ItemValue, toAttributes } from "./dynamo";

/** Runs that went well are looked for among so many of the newest ones. */
const NEWEST = 100;

/** What a run can be in. */
const STATES = ["RUNNING", "SUCCEEDED", "PARTIAL", "FAILED", "TIMED_OUT", "ABORTED"] as const;

/** The ledger of runs, as the functions read and write it. */
export class RunLedger {
  constructor(
    private readonly table: string,
    private readonly client: DynamoDBClient = new DynamoDBClient({}),
  ) {}

  /** The newest runs that succeeded, newest first; those that did so without some of their datasets among them. */
  async succeeded(): Promise<Item[]> {
    const found = await Promise.all((["SUCCEEDED", "PARTIAL"] as const).map((state) => this.newestOf(state)));
    return found
      .flat()
      .sort((a, b) => startOf(b) - startOf(a))
      .slice(0, NEWEST);
  }

  private async newestOf(state: string): Promise<Item[]> {
    const { Items = [] } = await this.client.send(
      new QueryCommand({
        TableName: this.table,
        IndexName: "by-state",
        KeyConditionExpression: "#state = :state",
        ExpressionAttributeNames: { "#state": "state" },
        ExpressionAttributeValues: toAttributes({ ":state": state }),
        ScanIndexForward: false,
        Limit: NEWEST,
      }),
    );
    return Items.map(fromAttributes);
  }

  /** The newest runs, however they ended or that they have not yet, newest first. */
  async newest(most: number): Promise<Item[]> {
    const found = await Promise.all(STATES.map((state) => this.newestOf(state)));
    return found
      .flat()
      .sort((a, b) => startOf(b) - startOf(a))
      .slice(0, most);
  }

  /** Every run of a date, as of now, newest first. */
  async ofDate(date: string): Promise<Item[]> {
    const pages = paginateQuery(
      { client: this.client },
      {
        TableName: this.table,
        KeyConditionExpression: "pk = :date AND begins_with(sk, :run)",
        ExpressionAttributeValues: toAttributes({ ":date": `DATE#${date}`, ":run": "RUN#" }),
        ConsistentRead: true,
      },
    );
    const runs: Item[] = [];
    for await (const { Items = [] } of pages) runs.push(...Items.map(fromAttributes));
    return runs.sort((a, b) => startOf(b) - startOf(a));
  }

  /** The run that holds a date, as of now; undefined where the date is free or the holder's lease is over. */
  async holderOf(date: string, now = Date.now()): Promise<string | undefined> {
    const { Item: attributes } = await this.client.send(
      new GetItemCommand({
        TableName: this.table,
        Key: toAttributes({ pk: `LOCK#${date}`, sk: "LOCK" }),
        ConsistentRead: true,
      }),
    );
    if (attributes === undefined) return undefined;
    const { run, expires_at } = fromAttributes(attributes);
    return typeof run === "string" && Number(expires_at) * 1000 > now ? run : undefined;
  }

  /** The entry of a run, as of now. */
  async get(date: string, run: string): Promise<Item | undefined> {
    const { Item: attributes } = await this.client.send(
      new GetItemCommand({ TableName: this.table, Key: runKeyOf(date, run), ConsistentRead: true }),
    );
    return attributes === undefined ? undefined : fromAttributes(attributes);
  }

  /** Frees the locks that a run left behind; those of others are left alone. */
  async free(date: string, run: string): Promise<void> {
    for (const lock of [date, "PUBLISH"]) {
      try {
        await this.client.send(
          new UpdateItemCommand({
            TableName: this.table,
            Key: toAttributes({ pk: `LOCK#${lock}`, sk: "LOCK" }),
            UpdateExpression: "REMOVE #run, expires_at, acquired_at",
            ConditionExpression: "#run = :run",
            ExpressionAttributeNames: { "#run": "run" },
            ExpressionAttributeValues: toAttributes({ ":run": run }),
          }),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    }
  }

  /** Enters how a run went; what the entry says already and this does not name stays. */
  async record(date: string, run: string, entry: Readonly<Record<string, ItemValue | undefined>>): Promise<void> {
    const set = toAttributes({ ...entry, date, run });
    const names = Object.keys(set);
    await this.client.send(
      new UpdateItemCommand({
        TableName: this.table,
        Key: runKeyOf(date, run),
        UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(", ")}`,
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value])),
      }),
    );
  }
}

const startOf = ({ started_at }: Item) => (typeof started_at === "string" ? Date.parse(started_at) : 0);
const runKeyOf = (date: string, run: string) => toAttributes({ pk: `DATE#${date}`, sk: `RUN#${run}` });
