/** How often a value comes, relative to the others. */
export type Weighted<T> = readonly (readonly [value: T, weight: number])[];

/**
 * Random numbers that are the same for the same seed on every machine (the generator "sfc32": 128 bits of state, made for
 * speed, no cryptography). Only exact operations are used, so that every engine gives the same bits.
 *
 * @see https://pracrand.sourceforge.net/RNG_engines.txt
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /**
   * @param seed the run's seed
   * @param stream a name: streams of one seed are independent, so that one file's rows do not depend on another's number
   */
  constructor(seed: number, stream: string) {
    // FNV-1a over the seed and the name, three times from different starts.
    const hash = (start: number) => {
      let value = start ^ seed;
      for (const character of stream) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
      return value | 0;
    };
    this.a = hash(0x811c9dc5);
    this.b = hash(0x9e3779b9);
    this.c = hash(0x85ebca6b);
    for (let round = 0; round < 15; round++) this.uint32();
  }

  /** @returns an integer from 0 to 2³² - 1 */
  private uint32(): number {
    const result = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + result;
    this.c |= 0;
    return result >>> 0;
  }

  /** @returns a number from 0 up to, not including, 1 */
  unit(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /**
   * @param count at least 1
   * @returns an integer from 0 to `count` - 1
   */
  below(count: number): number {
    return Math.floor(this.unit() * count);
  }

  /** @returns an integer from `low` to `high`, both included */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /**
   * As {@link below}, small numbers far more often than great ones: a tenth of the customers make half of the sales.
   */
  skewedBelow(count: number): number {
    const unit = this.unit();
    return Math.floor(unit * unit * unit * count);
  }

  /** @returns true with this probability */
  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** @returns one of the values, each as likely */
  pick<T>(values: readonly [T, ...T[]]): T {
    return values[this.below(values.length)] ?? values[0];
  }
}

/**
 * Prepares choosing by weight.
 *
 * @param weighted at least one value; the weights are whole numbers, so that the table stays small
 * @returns values, each as often as its weight says, for {@link Random.pick}
 */
export function lottery<T>(weighted: Weighted<T>): [T, ...T[]] {
  const [first, ...rest] = weighted.flatMap(([value, weight]) => Array.from({ length: weight }, () => value));
  if (first === undefined) throw new Error("A lottery needs at least one value with a weight above zero.");
  return [first, ...rest];
}
