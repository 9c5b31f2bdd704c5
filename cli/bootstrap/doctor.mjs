// @ts-check
/** `npm run doctor`: what is here and what is not, without installing anything. */
import { pending } from "./install.mjs";
import { describeMissing, findTool } from "./tools.mjs";

/**
 * Tools without which all but a few things go, and what does not.
 *
 * @type {Partial<Record<import("./tools.mjs").ToolName, string>>}
 */
const OPTIONAL = { aws: "lines of the runbook (docs/operations.md), and npm run test:recovery, which types them" };

/**
 * @param {string} root the project's folder
 * @returns {Promise<number>} 0, or 3 where a tool is missing
 */
export async function doctor(root) {
  const names = /** @type {const} */ (["node", "python", "java", "terraform", "aws"]);
  const searches = await Promise.all(names.map(findTool));
  names.forEach((name, index) => {
    const search = searches[index];
    if (search?.found) console.log(`✓ ${name.padEnd(10)} ${search.found.version.padEnd(10)} ${search.found.command}`);
    else if (search) console.log(`${OPTIONAL[name] === undefined ? "✗" : "·"} ${describeMissing(name, search)}`);
    if (search && !search.found && OPTIONAL[name]) console.log(`  for     ${OPTIONAL[name]}`);
  });
  for (const { title, reason } of pending(root)) {
    console.log(
      reason === undefined ? `✓ ${title}` : `· ${title}: ${reason}; installed by the first command that needs it`,
    );
  }
  return names.every((name, index) => searches[index]?.found || OPTIONAL[name]) ? 0 : 3;
}
