import type { Bilingual } from "../../../kernel/bilingual.ts"

/** What a line of a timeline comes from. */
type FactKind =
  | "transition"
  | "supervisor"
  | "command"
  | "switch"
  | "gap"
  | "certificate"
  | "events_dropped"
  | "runbook"

/**
 * One line of a timeline. Identity: `key`, the same when a fact is read twice: stored again after an outage of NATS,
 * or found in the stream and in the audit file. Units: `atMs` epoch milliseconds UTC; `seq` orders the facts of one
 * `origin` (a run of a daemon) within a millisecond.
 */
export interface TimelineFact {
  readonly key: string
  readonly atMs: number
  readonly origin: string
  readonly seq: number
  readonly kind: FactKind
  /** Machine, child, feed or verb that the fact is about. */
  readonly subject: string
  readonly text: Bilingual
  /** The fact may be the cause of an incident. */
  readonly isTrouble: boolean
  /** The fact is a step that an operator or the daemon took against it. */
  readonly isAction: boolean
  /** Injected fault: the cause of what follows within seconds. */
  readonly isDrill?: boolean
  /** Who sent it, with kind `command`. */
  readonly operator?: string
}

/** A time range, both ends included. Epoch milliseconds UTC. */
export interface TimeRange {
  readonly fromMs: number
  readonly toMs: number
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Facts in the order of their times; facts of one run keep their own order within a millisecond. */
const compareFacts = (a: TimelineFact, b: TimelineFact): number =>
  a.atMs - b.atMs || compareText(a.origin, b.origin) || a.seq - b.seq || compareText(a.key, b.key)

/** Every fact in the range, once and in order. The first of several with one key is kept. */
export const mergeTimeline = (facts: ReadonlyArray<TimelineFact>, range: TimeRange): ReadonlyArray<TimelineFact> => {
  const byKey = new Map<string, TimelineFact>()
  for (const fact of facts) {
    if (fact.atMs < range.fromMs || fact.atMs > range.toMs || byKey.has(fact.key)) continue
    byKey.set(fact.key, fact)
  }
  return [...byKey.values()].sort(compareFacts)
}
