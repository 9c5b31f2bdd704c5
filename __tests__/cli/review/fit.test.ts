import fc from "fast-check";
import { type Block, fitted } from "../../../cli/review/fit";

const text = (maxLength: number) => fc.string({ minLength: 1, maxLength });
const block: fc.Arbitrary<Block> = fc.record({
  head: text(40),
  lines: fc.array(
    fc.tuple(fc.constantFrom("- ", "  - "), text(200)).map((parts) => parts.join("")),
    { maxLength: 200 },
  ),
  summary: text(300),
});

test("whatever there is to say fits, and every part has its say", () => {
  fc.assert(
    fc.property(
      fc.array(block, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 4_000, max: 20_000 }),
      (blocks, max) => {
        const said = fitted(blocks, max);
        expect(said.length).toBeLessThanOrEqual(max);
        for (const { head } of blocks) expect(said).toContain(head);
      },
    ),
  );
});

test("items are not torn apart", () => {
  const item = ["- item", `  - ${"detail ".repeat(10)}`, "  - more"];
  const lines = Array.from({ length: 40 }, () => item).flat();
  const said = fitted(
    [
      { head: "Head", lines: [], summary: "" },
      { head: "Items", lines, summary: "40 items" },
    ],
    1_500,
  );
  const told = said.split("\n").filter((line) => /^ *- /.test(line));
  expect(told.length).toBeGreaterThan(0);
  expect(told.length % item.length).toBe(0);
  expect(said).toContain(`_… and ${lines.length - told.length} more lines of this part (40 items)._`);
});
