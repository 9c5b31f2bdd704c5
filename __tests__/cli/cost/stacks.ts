import type { Measured } from "../../../cli/cost/measured";
import type { Attributes, Resource } from "../../../cli/cost/resources";

/** A resource, as a synthesized stack has it. */
export function resource(type: string, values: Attributes = {}, name = "One"): Resource {
  return { type, values, address: `${type}.${name}` };
}

/** So many resources alike. */
export function several(many: number, type: string, values: Attributes = {}): Resource[] {
  return Array.from({ length: many }, (_, index) => resource(type, values, `No${index}`));
}

/** Figures that are easy to work with by hand: a MB takes the ETL 0.08 core seconds, the merge 0.04. */
export const MEASURED: Measured = {
  where: "in the head",
  mb: 100,
  coreSecondsPerMb: {
    transaction_etl: 0.02,
    product_enrichment: 0.02,
    clickstream_aggregation: 0.02,
    review_etl: 0.02,
    master_data_merge: 0.04,
  },
  processedShare: 0.25,
  curatedShare: 0.5,
};

/** A Glue job of this project. */
export function job(name: string, values: Attributes = {}): Resource {
  return resource(
    "aws_glue_job",
    {
      name,
      worker_type: "G.1X",
      number_of_workers: 10,
      execution_class: "STANDARD",
      command: { name: "glueetl" },
      default_arguments: { "--enable-auto-scaling": "true" },
      ...values,
    },
    name,
  );
}
