/** Sensitivity of what a resource holds. `restricted` is personal data in the clear. */
export type DataClassification = "public" | "internal" | "confidential" | "restricted";

/** Tags that single resources carry beside those that the provider puts on everything. */
export interface DataTags {
  readonly classification: DataClassification;
  /** The dataset, or `all`. */
  readonly source: string;
}

/** @example tags: dataTags({ classification: "restricted", source: "transactions" }) */
export function dataTags({ classification, source }: DataTags): Record<string, string> {
  return { DataClassification: classification, DataSource: source };
}

/** Tags that everything of an environment carries. */
export function commonTags(env: { name: string; team: string; costCenter: string }): Record<string, string> {
  return {
    Project: "commerce-lake",
    Environment: env.name,
    Team: env.team,
    CostCenter: env.costCenter,
    ManagedBy: "terraform",
  };
}
