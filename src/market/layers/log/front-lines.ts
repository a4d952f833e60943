import { lossWords, notSentWords } from "../../../kernel/instrument/vendor-codes.ts"
import { later, monotonicMs } from "../../../platform/process/clock.ts"
import type { ControlEvent } from "../../adapters/ctp/ring-layout.ts"
import type { DaemonLog } from "./daemon-log.ts"
import { type LinkChange, LinkLines } from "./daemon-log-link.ts"
import { RefusalLines, refusalWords } from "./daemon-log-refusals.ts"

const hex = (reason: number) => `0x${reason.toString(16)}`

/**
 * The log's lines about the control events of fronts. Acknowledgements of instruments come by the thousand and are not
 * logged unless they are refusals.
 */
export const makeFrontLines = (log: Pick<DaemonLog, "write">) => {
  const links = new Map<string, LinkLines>()
  const refusals = new Map<string, RefusalLines>()
  const link = (feed: string, change: LinkChange): void => {
    if (change.kind === "connected")
      return log.write("INFO", "front connected", { event: "front_connected", feed, folded: change.folded })
    log.write("WARNING", lossWords(change.reason), {
      event: "front_disconnected",
      feed,
      reason: hex(change.reason)
    })
  }

  const linkLines = (feed: string): LinkLines => {
    const known = links.get(feed)
    if (known !== undefined) return known
    const lines = new LinkLines({
      nowMs: monotonicMs,
      later,
      one: (change) => link(feed, change),
      many: ({ connects, losses, last }) => {
        const stands = last.kind === "connected" ? "connected" : lossWords(last.reason)
        log.write("WARNING", `front link: ${connects} connects and ${losses} losses more, now ${stands}`, {
          event: "front_link_storm",
          feed,
          connects,
          losses,
          connected: last.kind === "connected"
        })
      }
    })
    links.set(feed, lines)
    return lines
  }

  const refusalLines = (feed: string): RefusalLines => {
    const known = refusals.get(feed)
    if (known !== undefined) return known
    const lines = new RefusalLines({
      nowMs: monotonicMs,
      later,
      tell: (count, errors) =>
        log.write("WARNING", `${count} subscriptions refused: ${refusalWords(errors)}`, {
          event: "subscription_refused",
          feed,
          count,
          errors
        })
    })
    refusals.set(feed, lines)
    return lines
  }

  const note = (feed: string, event: ControlEvent): void => {
    switch (event.kind) {
      case "ready":
        return log.write("INFO", `vendor library ${event.apiVersion} initialised`, { event: "library_ready", feed })
      case "connected":
      case "disconnected":
        return linkLines(feed).note(event)
      case "heartbeatWarning":
        return log.write("WARNING", `no heartbeat for ${event.lapseSeconds} s`, { event: "heartbeat_warning", feed })
      case "login":
        return event.errorId === 0
          ? log.write("INFO", `logged in, trading day ${event.tradingDay}`, {
              event: "logged_in",
              feed,
              trading_day: event.tradingDay
            })
          : log.write("ERROR", `login refused: ${event.message}`, {
              event: "login_refused",
              feed,
              error_id: event.errorId
            })
      case "error":
        return log.write("ERROR", `front error: ${event.message}`, {
          event: "front_error",
          feed,
          error_id: event.errorId
        })
      case "subscribed":
        if (event.errorId !== 0) refusalLines(feed).note(event)
        return
      case "returned":
        if (event.code !== 0)
          log.write("WARNING", notSentWords(event.method, event.code), {
            event: "request_not_sent",
            feed,
            code: event.code
          })
        return
      default:
        return
    }
  }

  return {
    note,
    /** Writes the lines that are held back. */
    flush: () => {
      for (const lines of [...links.values(), ...refusals.values()]) lines.flush()
    }
  }
}
