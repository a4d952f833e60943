/**
 * A publisher counts each tick that is stored behind a younger one of its contract and feed: the count must have
 * grown since the younger one was stored. One count in a world does not excuse the overtaking by another bug.
 */
export class OrderWitness {
  checks = 0
  /** The changed counts with their times. */
  private readonly samples: Array<{ readonly atMs: number; readonly count: number }> = []
  private readonly reordered: () => number
  private readonly complain: (sentence: string) => void

  /** `reordered`: messages that publishers counted as stored ahead of an older one, over all runs. */
  constructor(reordered: () => number, complain: (sentence: string) => void) {
    this.reordered = reordered
    this.complain = complain
  }

  look(nowMs: number): void {
    const count = this.reordered()
    if (count !== (this.samples.at(-1)?.count ?? 0)) this.samples.push({ atMs: nowMs, count })
  }

  overtaken(subject: string, youngerMs: number): void {
    this.checks++
    const before = this.samples.findLast(({ atMs }) => atMs <= youngerMs)?.count ?? 0
    if (this.reordered() > before) return
    this.complain(
      `a tick of ${subject} is stored behind a younger one, which was stored at ${youngerMs}, and no publisher has counted it`
    )
  }
}
