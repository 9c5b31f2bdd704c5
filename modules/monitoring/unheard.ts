import type { TopicSubscriptions } from "./monitoring";

/** What the alarms of each topic are about. */
const ABOUT: readonly (readonly [topic: keyof TopicSubscriptions, what: string])[] = [
  ["notifications", "runs, functions and events"],
  ["qualityAlerts", "the data"],
  ["costAlerts", "costs"],
];

/**
 * Says which topics nobody gets.
 *
 * @param place where people fill in subscriptions, such as `alerts.subscriptions of envs/prod.ts`
 * @returns a sentence for people; undefined where every topic has somebody
 * @example
 * unheardText({ notifications: [team], qualityAlerts: [team] }, "the props of Monitoring");
 * // Alarms about costs reach nobody: costAlerts is empty in …
 */
export function unheardText(subscriptions: TopicSubscriptions, place: string): string | undefined {
  const unheard = ABOUT.filter(([topic]) => (subscriptions[topic] ?? []).length === 0);
  const topics = unheard.map(([topic]) => topic);
  const [first] = topics;
  if (first === undefined) return undefined;
  const about = unheard.length === ABOUT.length ? "" : ` about ${unheard.map(([, what]) => what).join("; ")}`;
  return (
    `Alarms${about} reach nobody: ${topics.join(", ")} ${topics.length === 1 ? "is" : "are"} empty in ${place}. ` +
    `Fill in who is told, such as ${first}: [{ protocol: "email", endpoint: "team@example.com" }].`
  );
}
