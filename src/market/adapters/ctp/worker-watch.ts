/** What a worker has done since its start, and what it was ordered to. */
export interface WorkerProgress {
  /** Rounds of the worker's own thread. */
  readonly heartbeats: number
  /** Commands that it has carried out. */
  readonly commands: number
  /** Commands that were written to it. */
  readonly ordered: number
}

/**
 * Finds a worker that lives and does nothing: stopped, or held by the vendor's library. Time is counted in looks and not by
 * a clock, so that a host that stood still as a whole (a paused virtual machine) does not cost a healthy worker its life.
 */
export class WorkerWatch {
  private readonly looksMax: number
  private heartbeats = -1
  private commands = -1
  private withoutHeartbeat = 0
  private withoutCommand = 0

  /** `looksMax`: looks in a row without progress after which the worker counts as dead. */
  constructor(looksMax: number) {
    this.looksMax = looksMax
  }

  /** What the worker has failed to do for too long; undefined while it works. */
  look({ heartbeats, commands, ordered }: WorkerProgress): "heartbeat" | "command" | undefined {
    this.withoutHeartbeat = heartbeats === this.heartbeats ? this.withoutHeartbeat + 1 : 0
    this.withoutCommand = ordered > commands && commands === this.commands ? this.withoutCommand + 1 : 0
    this.heartbeats = heartbeats
    this.commands = commands
    if (this.withoutHeartbeat >= this.looksMax) return "heartbeat"
    return this.withoutCommand >= this.looksMax ? "command" : undefined
  }
}
