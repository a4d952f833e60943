import { mix32, nextState } from "../../simulator/market/seeded-random.ts"

/**
 * Random numbers for one purpose in one world. Each purpose has its own generator, so that further draws for one
 * change no other.
 */
export class Dice {
  private state: number

  constructor(seed: number, purpose: number) {
    this.state = mix32(mix32(seed) ^ Math.imul(purpose + 1, 0x9e3779b1)) | 0
  }

  /** A number in [0, 1). */
  next(): number {
    this.state = nextState(this.state)
    return mix32(this.state) / 4294967296
  }

  /** A whole number from `from` to `through`, both included. */
  whole(from: number, through: number): number {
    return from + Math.floor(this.next() * (through - from + 1))
  }

  pick<A>(list: ReadonlyArray<A>): A {
    return list[Math.floor(this.next() * list.length)] as A
  }

  /** Time to the next of independent events with a mean interval of `meanMs`. */
  gapMs(meanMs: number): number {
    return Math.max(1, Math.round(-Math.log(1 - this.next()) * meanMs))
  }
}
