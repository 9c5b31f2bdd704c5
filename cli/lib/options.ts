import { InvalidArgumentError, Option } from "commander";
import { DATASETS, type Dataset } from "../../contracts";
import { isDay } from "../../functions/lib/day";

/** @returns a `commander` parser for whole numbers in a range */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text.replaceAll("_", ""));
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/**
 * @param text as typed; `yesterday` is the UTC day before
 * @returns a day of the calendar, `YYYY-MM-DD`
 * @throws InvalidArgumentError
 */
export function calendarDate(text: string): string {
  if (text === "yesterday") return yesterday(new Date());
  if (!isDay(text)) throw new InvalidArgumentError("It must be a day as YYYY-MM-DD, such as 2025-01-31, or yesterday.");
  return text;
}

/** Stands for the batch date of the run that was started last: who is called at night has no date at hand. */
export const NEWEST = "newest";

/** As `calendarDate`; `newest` stays, for `dayOf` to look up. */
export function calendarDateOrNewest(text: string): string {
  return text === NEWEST ? text : calendarDate(text);
}

/**
 * @param text names separated by commas
 * @returns the datasets, each once, in their usual order
 * @throws InvalidArgumentError that lists the known ones
 */
export function datasetList(text: string): Dataset[] {
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.filter((name) => !DATASETS.some((dataset) => dataset === name));
  if (unknown.length > 0) {
    throw new InvalidArgumentError(
      `There is no dataset "${unknown.join('", "')}". The datasets are ${DATASETS.join(", ")}.`,
    );
  }
  return DATASETS.filter((dataset) => names.includes(dataset));
}

/** @returns the UTC day before, whose batch is the one to run today */
export function yesterday(now: Date): string {
  return new Date(now.getTime() - 86_400_000).toISOString().slice(0, 10);
}

/** `--datasets`, as every command that runs dates has it. */
export const datasetsOption = () =>
  new Option("--datasets <list>", `only these of ${DATASETS.join(",")}`).argParser(datasetList);

/** `--env`, as every command that reaches a lake has it. */
export const envOption = () => new Option("--env <name>", "environment (envs/)").default("local");
