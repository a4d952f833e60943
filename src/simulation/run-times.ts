/** When each life of the daemon began: whose a tick is, is told by when it was received. */
export class RunTimes {
  readonly startsMs: Array<number> = []

  begin(nowMs: number): number {
    return this.startsMs.push(nowMs) - 1
  }

  /** The life in which something of this moment came. */
  at(receivedMs: number): number {
    for (let life = this.startsMs.length - 1; life > 0; life--) {
      // Times are rounded on their way; a life begins no sooner than a second after the one before.
      if (receivedMs >= (this.startsMs[life] as number) - 1) return life
    }
    return 0
  }
}
