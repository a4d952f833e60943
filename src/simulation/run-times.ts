/** Start times of the daemon's runs: a tick belongs to the run that received it. */
export class RunTimes {
  readonly startsMs: Array<number> = []

  begin(nowMs: number): number {
    return this.startsMs.push(nowMs) - 1
  }

  /** The run at this moment. */
  at(receivedMs: number): number {
    for (let life = this.startsMs.length - 1; life > 0; life--) {
      // Times may have been rounded; a run begins at least a second after the previous one.
      if (receivedMs >= (this.startsMs[life] as number) - 1) return life
    }
    return 0
  }
}
