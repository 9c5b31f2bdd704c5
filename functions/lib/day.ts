/** Whether a text is a day of the calendar, written `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  // February 30th is a date to the parser: the 2nd of March.
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
