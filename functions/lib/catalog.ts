import { EntityNotFoundException, GetTableCommand, GlueClient, type Table } from "@aws-sdk/client-glue";

/** The tables of the Glue catalog. */
export class Catalog {
  constructor(private readonly client: GlueClient = new GlueClient({})) {}

  /** A table as the catalog has it, undefined where there is none. */
  async table(database: string, name: string): Promise<Table | undefined> {
    try {
      const { Table: table } = await this.client.send(new GetTableCommand({ DatabaseName: database, Name: name }));
      return table;
    } catch (error) {
      if (error instanceof EntityNotFoundException) return undefined;
      throw error;
    }
  }

  /** Names and types of a table's columns, partitions left out; undefined where there is no table. */
  async columns(database: string, name: string): Promise<Readonly<Record<string, string>> | undefined> {
    const table = await this.table(database, name);
    const columns = table?.StorageDescriptor?.Columns ?? [];
    return table && Object.fromEntries(columns.map((column) => [column.Name ?? "", column.Type ?? ""]));
  }
}
