import { Interrupted } from "./errors";

const controller = new AbortController();

/** Aborted when the command shall stop; everything that waits takes it, and `finally` blocks do the tidying. */
export const interrupt: AbortSignal = controller.signal;

/**
 * Turns Ctrl-C, a polite kill and the death of the process that started this one into {@link interrupt}. Repeated signals
 * (a terminal and npm both send Ctrl-C) change nothing: stopping has its own time limits.
 */
export function listenForInterrupts(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => controller.abort(new Interrupted(`Stopped by ${signal}.`)));
  }
  if (process.channel) {
    process.on("disconnect", () =>
      controller.abort(new Interrupted("Stopped: the process that started this one ended.")),
    );
    process.channel.unref();
  }
}

/**
 * @param work something that does not listen to {@link interrupt} by itself, at least not everywhere
 * @returns its result; rejects at once when the command shall stop
 */
export async function orInterrupted<T>(work: Promise<T>): Promise<T> {
  interrupt.throwIfAborted();
  let stop = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(interrupt.reason);
    interrupt.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    interrupt.removeEventListener("abort", stop);
  }
}
