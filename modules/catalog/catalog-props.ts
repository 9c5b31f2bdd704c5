import type { LakeZone } from "../lake";
import type { DatabaseZone, Names } from "../lib/naming";

export interface CatalogProps {
  readonly names: Names;
  /** The zones that get a database. */
  readonly zones: Readonly<Record<DatabaseZone, LakeZone>>;
}
