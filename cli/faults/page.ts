import { RETRIES } from "./environment";
import type { Outcome } from "./judge";
import { RESTART, RESTART_WHAT } from "./restart";
import type { Results } from "./results";
import { SCENARIOS } from "./scenarios";

const INTRODUCTION = `# Reliability

What became of runs that were broken on purpose. \`npm run test:faults\` starts a local AWS, applies the local environment to it, and breaks runs at every step
with the real state machine, functions, jobs and Terraform: it asks the local AWS to get something wrong
([how](../local/README.md#breaking-it-on-purpose)), and looks at what the run leaves. This page is generated: the command writes each row when it has seen it, with the
day and the version of the code. Run it with \`--only\` for one row or some.

How to read a row:

- **run**: how the execution ended. **ledger**: what the run ledger says.
- **told**: the subject of every message to a topic, and what its text gives as the reason.
- **lock**: whether the date, and the right to publish, are free afterwards.
- **tables**: what analysts read afterwards of the date, by queries on the published tables. Before each fault a newer version of the date's files arrives; *as
  before* is that every table holds what it held, *complete* that every one holds all of the newer version. *Each whole* is some tables with the one and some
  with the other, none with a mixture. Where it is not alike for two datasets, each is named.
- **rerun**: how a plain run of the same date ended afterwards. Faults that end a run at the same stage are tried one after another on one date, and the plain run follows the last: it meets
  whatever all of them have left.

Once a run has done its jobs, it is dear. So where one has failed at the checks, the merge or the refresh, the next fault there strikes the same run while
it is gone on with (\`redrive\`), which passes over what was done.

The definition is that of every environment. It only waits for less: ${RETRIES} retries of what is transient, a second apart, and functions and jobs that hang are out
of time after seconds.
`;

const ON_RESTART = `
Nothing of the local AWS survives its end, by design: files, ledgers, locks and tables are gone together, so none of them can contradict another, and the next
start is an empty AWS. What must hold is that nothing it started lives on, and that a run on the new one ends right.
`;

/**
 * @param results what has been seen
 * @returns the page, as it is kept in docs/
 */
export function reliabilityPage({ outcomes }: Results): string {
  const titles = [...new Set(outcomes.map(({ title }) => title))];
  const sections = titles.flatMap((title) => {
    const rows = outcomes.filter((outcome) => outcome.title === title);
    return [
      `\n## ${title}\n`,
      ...(rows.some(({ name }) => name.startsWith("restart/")) ? [ON_RESTART.trimStart()] : []),
      table(rows),
    ];
  });
  return `${[INTRODUCTION, ...sections, ...unseenSection(outcomes)].join("\n").trimEnd()}\n`;
}

const COLUMNS = ["what goes wrong", "run", "ledger", "told", "lock", "tables", "rerun", "seen"] as const;

function table(rows: readonly Outcome[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return `${[
    line(COLUMNS),
    line(COLUMNS.map(() => "---")),
    ...rows.map((row) =>
      line([
        `${row.what} (\`${row.name}\`)${row.problems.map((problem) => `<br>**✗ ${cell(problem)}**`).join("")}`,
        cell(row.run),
        cell(row.ledger),
        row.told.length === 0 ? "nobody" : row.told.map(cell).join("<br>"),
        cell(row.lock),
        cell(row.tables),
        cell(row.rerun),
        `${row.seen} ${row.version}`,
      ]),
    ),
  ].join("\n")}\n`;
}

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("\n", " ");

/** What the suite would try and nobody has looked at yet: a page that only shows what went well would say too much. */
function unseenSection(outcomes: readonly Outcome[]): string[] {
  const seen = new Set(outcomes.map(({ name }) => name));
  const unseen = [...SCENARIOS, { name: RESTART, what: RESTART_WHAT }].filter(({ name }) => !seen.has(name));
  if (unseen.length === 0) return [];
  return [
    "\n## Not seen yet\n",
    "Nothing is claimed about these, until `npm run test:faults -- --only NAME` has been run:\n",
    ...unseen.map(({ name, what }) => `- \`${name}\`: ${what}`),
  ];
}
