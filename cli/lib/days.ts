const DAY_MS = 86_400_000;

/**
 * @param from a day, `YYYY-MM-DD`
 * @param to a day, not before `from`
 * @returns every day from the one to the other, both included, oldest first
 */
export function daysBetween(from: string, to: string): string[] {
  const days: string[] = [];
  for (let time = Date.parse(from); time <= Date.parse(to); time += DAY_MS) {
    days.push(new Date(time).toISOString().slice(0, 10));
  }
  return days;
}
