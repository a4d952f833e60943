import { errorText } from "../../../kernel/error-text.ts"
import { cureOf } from "../../../kernel/system-fault.ts"
import type { SpoolEvent } from "../../ports/tick-spool.ts"

const retryEveryMs = 1000

/** Whether the disk accepts writes. Reported when that changes, not at each failure. */
export class SpoolTrouble {
  errors = 0
  /** The last fault; undefined while there is none. */
  reason: string | undefined
  private retryMs = 0
  private cursorFails = false
  private readonly onEvent: (event: SpoolEvent) => void

  constructor(onEvent: (event: SpoolEvent) => void) {
    this.onEvent = onEvent
  }

  /** Ticks cannot be written: they wait in memory until the disk works again. */
  fail(what: string, cause: unknown): void {
    this.errors++
    const first = this.reason === undefined
    this.reason = `${what}: ${errorText(cause)}`
    if (first) this.reportWrite(what, cause)
  }

  repaired(): void {
    if (this.reason === undefined) return
    this.reason = undefined
    this.onEvent({ type: "repaired" })
  }

  /** An old cursor only costs the next start time: the stream shows what is stored. */
  cursor(cause: unknown): void {
    this.errors++
    if (!this.cursorFails) this.reportWrite("writing its cursor", cause)
    this.cursorFails = true
  }

  cursorWritten(): void {
    this.cursorFails = false
  }

  unreadable(path: string, cause: unknown): void {
    this.errors++
    this.onEvent({
      type: "trouble",
      code: "SPOOL_READ_FAILED",
      message: `The spool's ${path} cannot be read on (${errorText(cause)}): the rest of it is given up, see the disk.`
    })
  }

  /** True once a second while there is a fault. */
  isTimeToRetry(nowMs: number): boolean {
    if (this.reason === undefined || nowMs < this.retryMs) return false
    this.retryMs = nowMs + retryEveryMs
    return true
  }

  private reportWrite(what: string, cause: unknown): void {
    this.onEvent({
      type: "trouble",
      code: "SPOOL_WRITE_FAILED",
      message: `The spool failed at ${what} (${errorText(cause)}): ticks wait in memory until it can be written; ${cureOf(cause, "repair the folder or its disk")}.`
    })
  }
}
