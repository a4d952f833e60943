/** What the proofs of the stages have measured. An absent field was not measured. Units: milliseconds. */
export interface RunFacts {
  readonly marketClosed?: boolean
  /** tickd ran before this run, was asked to end by it, and has ended with 0. */
  readonly drained?: boolean
  /** Of the stored gap record of a restart. */
  readonly gapMs?: number
  /** From the request of a switch to the first stored tick of the new feed. */
  readonly failoverMs?: number
  readonly failbackMs?: number
}
