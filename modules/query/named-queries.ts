import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ConfigurationError } from "../lib/errors";
import { inProject } from "../lib/project";

/** A query of `queries/`. */
export interface NamedQuery {
  /** Its file's name, without `.sql`. */
  readonly name: string;
  /** First sentence of its header. */
  readonly description: string;
  readonly sql: string;
}

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateNamedQuery.html */
const MAX = { name: 128, description: 1_024, sql: 262_144 } as const;

/**
 * Reads the named queries: each `.sql` begins with a comment whose first line says what the query answers.
 *
 * @throws ConfigurationError where a query has no header or is longer than Athena takes.
 */
export function namedQueries(folder: string = inProject("queries")): NamedQuery[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .sort()
    .map((file) => {
      const sql = readFileSync(join(folder, file), "utf8");
      const query = {
        name: basename(file, ".sql"),
        description: /^-- (.+)$/m.exec(sql.split("\n", 1)[0] ?? "")?.[1] ?? "",
        sql,
      };
      if (query.description === "") {
        throw new ConfigurationError(`queries/${file}`, {
          rule: "a query begins with a comment that says what it answers",
          received: sql.split("\n", 1)[0],
          remedy: 'begin the file with "-- " and a sentence',
        });
      }
      for (const part of ["name", "description", "sql"] as const) {
        if (query[part].length > MAX[part]) {
          throw new ConfigurationError(`queries/${file}`, {
            rule: `the ${part} of a named query has at most ${MAX[part]} characters`,
            received: query[part].length,
            remedy: "shorten it",
          });
        }
      }
      return query;
    });
}
