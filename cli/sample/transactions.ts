import { contracts } from "../../contracts";
import { clock } from "./calendar";
import { lottery, type Random } from "./random";
import { csvLine, type Fields, roleOf, type Tally, tallyUp, USUAL } from "./rows";
import { money, type Shop } from "./shop";

/** The columns of the export. */
export const TRANSACTION_COLUMNS: readonly string[] = Object.keys(contracts.transactions.properties);

const QUANTITIES = lottery([
  [1, 70],
  [2, 17],
  [3, 7],
  [4, 3],
  [6, 2],
  [12, 1],
]);

/** As sources spell them; the contract trims and lowers. */
const STATUSES = lottery([
  ["completed", 84],
  ["Completed", 3],
  [" completed ", 1],
  ["returned", 7],
  ["RETURNED", 1],
  ["refunded", 4],
]);

/** One fault each, for every rule of the contract. */
const FAULTS: readonly Fields[] = [
  { transaction_id: "" },
  { transaction_id: "T".repeat(129) },
  { customer_id: "" },
  { product_id: "" },
  { quantity: "" },
  { quantity: "two" },
  { quantity: "0" },
  { quantity: "-3" },
  { price: "" },
  { price: "12.505" },
  { price: "n/a" },
  { price: "0.00" },
  { price: "-5.00" },
  { total_amount: "about ten" },
  { transaction_date: "" },
  { transaction_date: "2025-02-30 10:00:00" },
  { transaction_date: "31/01/2025" },
  { transaction_date: "2999-01-01 00:00:00" },
  { status: "" },
  { status: "pending" },
  // Several at once: each is a reason.
  { quantity: "-1", price: "free", status: "lost" },
];

/** What a file of sales is to hold. */
export interface TransactionFile {
  readonly name: string;
  /** Number of the first transaction, from 0. */
  readonly first: number;
  readonly rows: number;
  /** Sales that reached the export weeks after they were made. */
  readonly late: boolean;
}

/** @returns the file, a text a line; `tally` is up to date after each */
export function* transactionLines(shop: Shop, file: TransactionFile, tally: Tally): Generator<string> {
  const random = shop.random(file.name);
  yield `${TRANSACTION_COLUMNS.join(",")}\n`;
  let faults = file.first;
  let fields = sale(shop, random, file, 0);
  for (let index = 0; index < file.rows; index++) {
    const role = roleOf(index, USUAL);
    // The shop system exports a sale again when it is returned.
    fields = role === "duplicate" ? { ...fields, status: "returned" } : sale(shop, random, file, index);
    tallyUp(tally, role);
    yield role === "bad" ? unsound(fields, faults++) : line(fields);
  }
}

function sale(shop: Shop, random: Random, file: TransactionFile, index: number): Fields {
  const product = shop.product(random);
  const quantity = random.pick(QUANTITIES);
  const cents = random.chance(0.1) ? Math.ceil(product.cents * 0.8) : product.cents;
  const { day, second } = shop.calendar.moment(random);
  const date = shop.calendar.date(file.late ? day >> 2 : day);
  const trouble = random.unit();
  const total = quantity * cents;
  return {
    transaction_id: `T${shop.stamp}-${String(file.first + index + 1).padStart(8, "0")}`,
    customer_id: shop.customer(random),
    product_id: product.id,
    quantity: String(quantity),
    price: money(cents),
    // Missing, off, or within the tolerance of a cent.
    total_amount: trouble < 0.03 ? "" : money(trouble < 0.05 ? total + 250 : trouble < 0.06 ? total + 1 : total),
    transaction_date: trouble > 0.98 ? date : `${date} ${clock(second)}`,
    status: random.pick(STATUSES),
  };
}

const line = (fields: Fields) => `${csvLine(TRANSACTION_COLUMNS, fields)}\n`;

/** @returns the line with a fault; after all the rules', one whose fields are too few */
function unsound(fields: Fields, turn: number): string {
  const fault = FAULTS[turn % (FAULTS.length + 1)];
  return fault === undefined ? `${fields.transaction_id},${fields.customer_id}\n` : line({ ...fields, ...fault });
}
