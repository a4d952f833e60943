/** Progress of a worker since its start, and the commands that it was sent. */
export interface WorkerProgress {
  /** Rounds of the worker's own thread. */
  readonly heartbeats: number
  /** Commands that it has executed. */
  readonly commands: number
  /** Commands that were written to it. */
  readonly ordered: number
}

/**
 * Detects a worker that runs and makes no progress: stopped, or blocked in the vendor's library. Time is counted in
 * checks and not by a clock, so that a paused host (a virtual machine) does not kill a healthy worker.
 */
export class WorkerWatch {
  private readonly looksMax: number
  private heartbeats = -1
  private commands = -1
  private withoutHeartbeat = 0
  private withoutCommand = 0

  /** `looksMax`: consecutive checks without progress after which the worker counts as dead. */
  constructor(looksMax: number) {
    this.looksMax = looksMax
  }

  /** The work that is overdue; undefined while it makes progress. */
  look({ heartbeats, commands, ordered }: WorkerProgress): "heartbeat" | "command" | undefined {
    this.withoutHeartbeat = heartbeats === this.heartbeats ? this.withoutHeartbeat + 1 : 0
    this.withoutCommand = ordered > commands && commands === this.commands ? this.withoutCommand + 1 : 0
    this.heartbeats = heartbeats
    this.commands = commands
    if (this.withoutHeartbeat >= this.looksMax) return "heartbeat"
    return this.withoutCommand >= this.looksMax ? "command" : undefined
  }
}
