import type { LakeZone } from "../lake";
import type { DatabaseZone, Names } from "../lib/naming";
import type { LakeFormation } from "./lake-formation";

export interface CatalogProps {
  readonly names: Names;
  /** The zones that get a database. */
  readonly zones: Readonly<Record<DatabaseZone, LakeZone>>;
  /**
   * When crawlers start by themselves, as Glue spells it (`cron(0 2 * * ? *)`, UTC): for those who look at raw files outside of runs. Without it
   * they start on demand alone: a run starts them, and two at once would be one too many.
   */
  readonly crawlerSchedule?: string;
  /** What a crawler does when files gain columns. @default "UPDATE_IN_DATABASE" */
  readonly onChange?: "UPDATE_IN_DATABASE" | "LOG";
  /** What a crawler does when files or columns are gone. @default "LOG" */
  readonly onDelete?: "LOG" | "DEPRECATE_IN_DATABASE" | "DELETE_FROM_DATABASE";
  /** Has readers governed by Lake Formation, column by column where that is said; without it, they read by IAM. */
  readonly lakeFormation?: LakeFormation;
}
