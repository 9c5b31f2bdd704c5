import type { State, States } from "../../../modules/orchestration/asl";

/** States that a state may hand over to, by its transitions and its catchers. */
export function successors(state: State): string[] {
  const named = [
    "Next" in state ? state.Next : undefined,
    ...(state.Type === "Choice" ? [...state.Choices.map(({ Next }) => Next), state.Default] : []),
    ...("Catch" in state ? (state.Catch ?? []).map(({ Next }) => Next) : []),
  ];
  return named.filter((name) => name !== undefined);
}

/** Every state that can come after one, itself included, where the given ones are never entered. */
export function reachable(states: States, from: string, without: readonly string[] = []): Set<string> {
  const reached = new Set<string>();
  const pending = [from];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (reached.has(name) || without.includes(name)) continue;
    reached.add(name);
    const state = states[name];
    if (state === undefined) throw new Error(`there is no state ${name}`);
    pending.push(...successors(state));
  }
  return reached;
}

/** The states among these that end the machine. */
export function ends(states: States, names: Iterable<string>): string[] {
  return [...names].filter((name) => ["Succeed", "Fail"].includes(states[name]?.Type ?? "")).sort();
}
