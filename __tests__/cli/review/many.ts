import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const CORPUS = path.join(__dirname, "corpus");

/** A plan of so many changes: those of the corpus again and again, each under another address. */
export function planOfMany(count: number): string {
  const real = readdirSync(CORPUS)
    .filter((name) => name.endsWith(".json") && !name.endsWith(".stack.json"))
    .flatMap(
      (name): { readonly address: string }[] =>
        JSON.parse(readFileSync(path.join(CORPUS, name), "utf8")).resource_changes,
    );
  const resource_changes = Array.from({ length: count }, (_, index) => {
    const change = real[index % real.length];
    return { ...change, address: `${change?.address}_${index}` };
  });
  return JSON.stringify({ format_version: "1.2", terraform_version: "1.11.4", resource_changes });
}
