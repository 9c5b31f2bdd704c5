/**
 * Does something for each item, a few side by side.
 *
 * @param most how many at once.
 * @throws the first error; what was begun by then is finished, the rest is not begun.
 * @example
 * await sideBySide(keys, 16, async (key) => { sizes.set(key, await sizeOf(key)); });
 */
export async function sideBySide<T>(items: Iterable<T>, most: number, act: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items].values();
  let failed = false;
  const work = async () => {
    for (const item of queue) {
      if (failed) return;
      try {
        await act(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: most }, work));
}
