import { DynamoDBClient, QueryCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { fromAttributes, type Item, type ItemValue, toAttributes } from "./dynamo";

/** Runs that went well are looked for among so many of the newest ones. */
const NEWEST = 100;

/** The ledger of runs, as the functions read and write it. */
export class RunLedger {
  constructor(
    private readonly table: string,
    private readonly client: DynamoDBClient = new DynamoDBClient({}),
  ) {}

  /** The newest runs that succeeded, newest first. */
  async succeeded(): Promise<Item[]> {
    const { Items = [] } = await this.client.send(
      new QueryCommand({
        TableName: this.table,
        IndexName: "by-state",
        KeyConditionExpression: "#state = :state",
        ExpressionAttributeNames: { "#state": "state" },
        ExpressionAttributeValues: toAttributes({ ":state": "SUCCEEDED" }),
        ScanIndexForward: false,
        Limit: NEWEST,
      }),
    );
    return Items.map(fromAttributes);
  }

  /** Enters how a run went; what the entry says already and this does not name stays. */
  async record(date: string, run: string, entry: Readonly<Record<string, ItemValue | undefined>>): Promise<void> {
    const set = toAttributes({ ...entry, date, run });
    const names = Object.keys(set);
    await this.client.send(
      new UpdateItemCommand({
        TableName: this.table,
        Key: toAttributes({ pk: `DATE#${date}`, sk: `RUN#${run}` }),
        UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(", ")}`,
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value])),
      }),
    );
  }
}
