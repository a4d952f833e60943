/** What the front said about each wanted instrument since the last login. */
export class SubscriptionBook {
  private readonly answers = new Map<string, number>()
  private readonly wantedIds: ReadonlyArray<string>
  private acknowledgedCount = 0
  private rejectedCount = 0

  constructor(wanted: ReadonlyArray<string>) {
    this.wantedIds = wanted
  }

  wanted(): ReadonlyArray<string> {
    return this.wantedIds
  }

  /** Forgets every answer: after a login nothing is subscribed. */
  begin(): void {
    this.answers.clear()
    this.acknowledgedCount = 0
    this.rejectedCount = 0
  }

  /** Notes an acknowledgement (`errorId` 0) or a rejection. True when this was the last one that was missing. */
  note(instrumentId: string, errorId: number): boolean {
    const before = this.answers.get(instrumentId)
    this.answers.set(instrumentId, errorId)
    if (before === undefined) {
      if (errorId === 0) this.acknowledgedCount++
      else this.rejectedCount++
      return this.answers.size === this.wantedIds.length
    }
    if (before !== 0 && errorId === 0) {
      this.acknowledgedCount++
      this.rejectedCount--
    } else if (before === 0 && errorId !== 0) {
      this.acknowledgedCount--
      this.rejectedCount++
    }
    return false
  }

  counts() {
    return { wanted: this.wantedIds.length, acknowledged: this.acknowledgedCount, rejected: this.rejectedCount }
  }
}
