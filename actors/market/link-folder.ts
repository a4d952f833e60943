import type { SessionEvent } from "../../machines/market/session-events.ts"

/** From this many waiting events on, further losses and connects of the link are folded. */
const foldAbove = 32

/**
 * Keeps a flapping link from filling the mailbox: an old library reports 700 pairs of connect and disconnect a
 * second, and after a stall of the event loop they arrive all at once. While the mailbox is behind, the pairs become
 * one loss with their number, and one connect if the link is up at the end; other events keep their place behind
 * them.
 */
export class LinkFolder {
  private losses = 0
  private reason = 0
  private up = false
  private folding = false
  private readonly offer: (event: SessionEvent) => void
  private readonly waiting: () => number

  constructor(offer: (event: SessionEvent) => void, waiting: () => number) {
    this.offer = offer
    this.waiting = waiting
  }

  take(event: SessionEvent): void {
    const isLink = event.type === "FRONT_CONNECTED" || event.type === "FRONT_DISCONNECTED"
    if (!isLink || (!this.folding && this.waiting() < foldAbove)) {
      this.release()
      return this.offer(event)
    }
    this.folding = true
    this.up = event.type === "FRONT_CONNECTED"
    if (event.type === "FRONT_DISCONNECTED") {
      this.losses++
      this.reason = event.reason
    }
  }

  /** Call it after each event that the machine processed: sends folded events once the mailbox has room. */
  stepped(): void {
    if (this.folding && this.waiting() < foldAbove) this.release()
  }

  private release(): void {
    if (!this.folding) return
    this.folding = false
    const { losses, up } = this
    this.losses = 0
    if (losses > 0) this.offer({ type: "FRONT_DISCONNECTED", reason: this.reason, times: losses })
    if (up) this.offer({ type: "FRONT_CONNECTED" })
  }
}
