/** What the API did, for metrics. Labels are bounded: routes of the table, statuses and codes of ours. */
export class ApiCounts {
  /** By `ROUTE STATUS`. */
  readonly answers = new Map<string, number>()
  /** By code. */
  readonly refusals = new Map<string, number>()
  cuts = 0
  bugs = 0

  note(counts: Map<string, number>, key: string): void {
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
}
