import type { SupervisorEvent } from "../../../../actors/runtime/supervisor.ts"
import { lossWords, notSentWords } from "../../../kernel/instrument/vendor-codes.ts"
import { StormFolder } from "../../../kernel/limits/storm-folder.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { type LogRecord, makeLogGate } from "../../../platform/log/log-gate.ts"
import { monotonicMs } from "../../../platform/process/clock.ts"
import type { AuditEntry } from "../../../protocol/control/command.ts"
import type { ControlEvent } from "../../adapters/ctp/ring-layout.ts"
import type { PublisherEvent } from "../../adapters/jetstream/acked-publisher.ts"
import type { Config } from "../../config/config.ts"
import type { SpoolEvent } from "../../ports/tick-spool.ts"
import { type LinkChange, LinkLines } from "./daemon-log-link.ts"
import { RefusalLines, refusalWords } from "./daemon-log-refusals.ts"
import { spoolLine } from "./daemon-log-spool.ts"
import { supervisorLine } from "./daemon-log-supervisor.ts"
import type { OnException } from "./exception-log.ts"
import type { OverflowNews } from "./overflow-log.ts"

type Level = Config["logLevel"]
const rank: Record<Level, number> = { DEBUG: 0, INFO: 1, WARNING: 2, ERROR: 3 }

/** A line that waits must not keep a finished process alive. */
export const later = (run: () => void, afterMs: number): void => void setTimeout(run, afterMs).unref()

const hex = (reason: number) => `0x${reason.toString(16)}`

/**
 * The daemon's log: one JSON object a line with `ts` (Asia/Shanghai), `level`, `message`, `event`, `session`, `feed` and
 * the masked `account`; feed and session are null where a line is about the whole daemon. Written from synchronous callbacks too, so it is no Effect; no line is written a tick.
 */
export class DaemonLog {
  private rank: number
  private readonly account: string
  private readonly accounts: ReadonlyMap<string, string>
  private readonly links = new Map<string, LinkLines>()
  private readonly refusals = new Map<string, RefusalLines>()
  private readonly linkTroubles = new Set<string>()
  private readonly gate: ReturnType<typeof makeLogGate>
  private readonly requestLines = new StormFolder<null>({
    limits: { burst: 1, everyMs: 1000 },
    nowMs: monotonicMs,
    later,
    report: (_, count) =>
      this.write("WARNING", `${count} requests were refused because too many came`, {
        event: "requests_refused",
        count
      })
  })

  /** `account`: masked, where a line is about no feed; `accounts`: of each feed, unset: there is one. */
  constructor(options: {
    readonly level: Level
    readonly write: (line: string) => void
    readonly account: string
    readonly accounts?: ReadonlyMap<string, string>
  }) {
    this.rank = rank[options.level]
    this.gate = makeLogGate({ write: options.write, nowMs: monotonicMs, later })
    this.account = options.account
    this.accounts = options.accounts ?? new Map()
  }

  /** From here on lines below this level are not written. */
  beginAt(level: Level): void {
    this.rank = rank[level]
  }

  /** Lines of this level are written. */
  isWritten(level: Level): boolean {
    return rank[level] >= this.rank
  }

  write(level: Level, message: string, fields: Readonly<Record<string, unknown>> & { readonly event: string }): void {
    if (rank[level] < this.rank) return
    const feed = fields["feed"] ?? null
    const whose = {
      feed,
      session: feed === null ? null : `ctp-${String(feed)}`,
      account: this.accounts.get(String(feed)) ?? this.account
    }
    this.gate.note({ ts: shanghaiIso(Date.now()), level, message, ...fields, ...whose })
  }

  /** A line that is complete already: those of Effect's logger pass the same limit. */
  pass(record: LogRecord): void {
    this.gate.note(record)
  }

  /** Writes the lines that wait to be told with others of their kind; to be called before the process ends. */
  flush(): void {
    for (const lines of [...this.links.values(), ...this.refusals.values(), this.requestLines, this.gate]) lines.flush()
  }

  /** A request of the control plane was refused because too many came. */
  requestRefused(): void {
    this.requestLines.note(null)
  }

  /** Control events of a feed; acknowledgements of instruments come by the thousand and stay out unless they are refusals. */
  control(feed: string, event: ControlEvent): void {
    switch (event.kind) {
      case "ready":
        return this.write("INFO", `vendor library ${event.apiVersion} initialised`, { event: "library_ready", feed })
      case "connected":
      case "disconnected":
        return this.linkLines(feed).note(event)
      case "heartbeatWarning":
        return this.write("WARNING", `no heartbeat for ${event.lapseSeconds} s`, { event: "heartbeat_warning", feed })
      case "login":
        return event.errorId === 0
          ? this.write("INFO", `logged in, trading day ${event.tradingDay}`, {
              event: "logged_in",
              feed,
              trading_day: event.tradingDay
            })
          : this.write("ERROR", `login refused: ${event.message}`, {
              event: "login_refused",
              feed,
              error_id: event.errorId
            })
      case "error":
        return this.write("ERROR", `front error: ${event.message}`, {
          event: "front_error",
          feed,
          error_id: event.errorId
        })
      case "subscribed":
        if (event.errorId !== 0) this.refusalLines(feed).note(event)
        return
      case "returned":
        if (event.code !== 0)
          this.write("WARNING", notSentWords(event.method, event.code), {
            event: "request_not_sent",
            feed,
            code: event.code
          })
        return
      default:
        return
    }
  }

  private linkLines(feed: string): LinkLines {
    const known = this.links.get(feed)
    if (known !== undefined) return known
    const lines = new LinkLines({
      nowMs: monotonicMs,
      later,
      one: (change) => this.link(feed, change),
      many: ({ connects, losses, last }) => {
        const stands = last.kind === "connected" ? "connected" : lossWords(last.reason)
        this.write("WARNING", `front link: ${connects} connects and ${losses} losses more, now ${stands}`, {
          event: "front_link_storm",
          feed,
          connects,
          losses,
          connected: last.kind === "connected"
        })
      }
    })
    this.links.set(feed, lines)
    return lines
  }

  private refusalLines(feed: string): RefusalLines {
    const known = this.refusals.get(feed)
    if (known !== undefined) return known
    const lines = new RefusalLines({
      nowMs: monotonicMs,
      later,
      tell: (count, errors) =>
        this.write("WARNING", `${count} subscriptions refused: ${refusalWords(errors)}`, {
          event: "subscription_refused",
          feed,
          count,
          errors
        })
    })
    this.refusals.set(feed, lines)
    return lines
  }

  private link(feed: string, change: LinkChange): void {
    if (change.kind === "connected")
      return this.write("INFO", "front connected", { event: "front_connected", feed, folded: change.folded })
    this.write("WARNING", lossWords(change.reason), {
      event: "front_disconnected",
      feed,
      reason: hex(change.reason)
    })
  }

  session(feed: string, state: string, from: string, trigger: string, lastError: string | undefined): void {
    const level = state === "rejected" ? "ERROR" : state === "backingOff" ? "WARNING" : "INFO"
    this.write(level, `session ${from === "" ? "starts" : from} → ${state}`, {
      event: "session_state",
      feed,
      state,
      trigger,
      ...(lastError === undefined ? {} : { last_error: lastError })
    })
  }

  /** Every attempt of an outage fails: the first of each cause is a line, and the wait board repeats it once a minute. */
  private isNewTrouble(code: string): boolean {
    const isNew = !this.linkTroubles.has(code)
    this.linkTroubles.add(code)
    return isNew
  }

  publisher(event: PublisherEvent): void {
    switch (event.type) {
      case "linkUp":
        this.linkTroubles.clear()
        return this.write("INFO", "link to the stream is up", { event: "broker_up", retained: event.retained })
      case "linkDown":
        if (!this.isNewTrouble(event.code)) return
        return this.write("WARNING", event.message, {
          event: "broker_down",
          code: event.code,
          retained: event.retained
        })
      case "refused":
        if (!this.isNewTrouble(event.refusal.code)) return
        return this.write("ERROR", `the stream refuses ticks: ${event.refusal.description}`, {
          event: "publish_refused",
          code: event.refusal.code,
          retained: event.retained
        })
      case "reconciled":
        return this.write(
          "INFO",
          `the stream holds ${event.found} of the unconfirmed ticks, ${event.toSend} are sent again`,
          { event: "reconciled", found: event.found, to_send: event.toSend }
        )
      case "epochTaken":
        return this.write("INFO", `this daemon is the writer of its stream, epoch ${event.epoch}`, {
          event: "epoch_taken",
          epoch: event.epoch
        })
      case "fenced":
        return this.write("ERROR", event.message, { event: "publisher_fenced", retained: event.retained })
      case "takenBack":
        return this.write("WARNING", event.message, {
          event: "stream_taken_back",
          epoch: event.epoch,
          retained: event.retained
        })
      case "storeLost":
        return this.write(
          "ERROR",
          `the stream came back without ${event.acknowledgedGone} ticks that it had confirmed`,
          { event: "store_lost", lost: event.acknowledgedGone, retained: event.retained }
        )
    }
  }

  quarantined(feed: string, reason: string, instrument: string, count: number): void {
    this.write("WARNING", `${count} ticks quarantined, the last of ${instrument}`, {
      event: "tick_quarantined",
      feed,
      reason
    })
  }

  /** A step of the line threw, which is a bug: the tick is set aside and the line goes on. */
  exception({ feed, place, instrument, name, message, stack, count }: Parameters<OnException>[0]): void {
    const of = instrument === "" ? "" : ` at ${instrument}`
    this.write("ERROR", `${name}${of} in step ${place}: ${message} (a bug: report it with this line)`, {
      event: "exception",
      feed,
      place,
      instrument: instrument === "" ? null : instrument,
      error: name,
      count,
      stack
    })
  }

  /** Ticks were lost for want of room. */
  overflow({ feed, policy, ring, overflow, conflated, oldestMs }: OverflowNews): void {
    const lost = ring + overflow + conflated
    this.write(
      "WARNING",
      `${lost} ticks given up (${policy}), the oldest in the queue is ${Math.round(oldestMs)} ms old`,
      { event: "ticks_given_up", feed, policy, count: lost, ring, overflow, conflated, oldest_ms: Math.round(oldestMs) }
    )
  }

  audit(entry: AuditEntry): void {
    const { feed } = entry.request
    this.write(entry.result === "refused" ? "WARNING" : "INFO", `${entry.verb} ${entry.result}: ${entry.message}`, {
      event: "command",
      audit_id: entry.id,
      verb: entry.verb,
      request: entry.request,
      ...(typeof feed === "string" ? { feed } : {}),
      by: entry.by
    })
  }

  spool(event: SpoolEvent): void {
    const line = spoolLine(event)
    this.write(line.level, line.message, line.fields)
  }

  supervisor(event: SupervisorEvent): void {
    const line = supervisorLine(event)
    if (line !== undefined) this.write(line.level, line.message, line.fields)
  }
}
