import type { CuratedTable } from "../../contracts";

/** A view of the curated database. */
export interface View {
  readonly name: string;
  /** The table that it reads: without it there is no view. */
  readonly from: CuratedTable;
  readonly sql: string;
}

/** The views that every refresh creates anew, so that they always fit the tables. */
export const VIEWS: readonly View[] = [
  {
    name: "daily_revenue",
    from: "transactions",
    sql: `SELECT
  year,
  month,
  day,
  count_if(status = 'completed') AS orders,
  count(DISTINCT CASE WHEN status = 'completed' THEN customer_id END) AS customers,
  coalesce(sum(CASE WHEN status = 'completed' THEN quantity END), 0) AS units,
  coalesce(sum(CASE WHEN status = 'completed' THEN total_amount END), 0) AS revenue,
  count_if(status <> 'completed') AS returned_orders
FROM transactions
GROUP BY year, month, day`,
  },
  {
    name: "product_performance",
    from: "transactions",
    sql: `SELECT
  product_id,
  max(product_name) AS product_name,
  max(category) AS category,
  count_if(status = 'completed') AS orders,
  coalesce(sum(CASE WHEN status = 'completed' THEN quantity END), 0) AS units,
  coalesce(sum(CASE WHEN status = 'completed' THEN total_amount END), 0) AS revenue,
  count_if(status <> 'completed') AS returned_orders
FROM transactions
GROUP BY product_id`,
  },
];
