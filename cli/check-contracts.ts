/** A part of `npm run check`: what the contracts say of data quality checks must name some that exist. */
import { contracts, DATASETS } from "../contracts";
import { checkIds, waiverFaults } from "../functions/data-quality/check-ids";
import { EXIT } from "./lib/errors";

/** What is wrong with the contracts, and what could have been meant, in lines. */
export function contractFaults(): string[] {
  return DATASETS.flatMap((dataset) => {
    const faults = waiverFaults(dataset);
    if (faults.length === 0) return [];
    const file = contracts[dataset].$id.replace("contract:", "contracts/");
    return [...faults.map((fault) => `${file}.json: ${fault}`), `The checks of ${dataset}:`, ...indented(dataset)];
  });
}

function indented(dataset: (typeof DATASETS)[number]): string[] {
  return checkIds(dataset).map((id) => `  ${id}`);
}

if (require.main === module) {
  const faults = contractFaults();
  for (const line of faults) console.log(line);
  process.exitCode = faults.length === 0 ? EXIT.ok : EXIT.failed;
}
