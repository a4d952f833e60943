import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import type { AuditEntry } from "../../../protocol/control/command.ts"
import type { CertificateMessage } from "../../../protocol/market/certificate-message.ts"
import type { EventMessage } from "../../../protocol/market/event.ts"
import type { GapMessage } from "../../../protocol/market/gap-message.ts"
import type { CertificateFact, GapFact, SwitchFact } from "../../domain/incident/incident-facts.ts"
import type { TimelineFact } from "../../domain/incident/timeline.ts"

const both = (text: string) => ({ en: text, zh: text })

/** The same fact from the stream and from the audit file: both carry the entry. */
export const commandFact = (entry: AuditEntry): TimelineFact => {
  const by = `${entry.by.user}@${entry.by.host}`
  const code = entry.code === null ? "" : ` [${entry.code}]`
  const what = Object.values(entry.request)
    .filter((value) => typeof value === "string")
    .join(" ")
  const name = [entry.verb, what].filter((text) => text !== "").join(" ")
  return {
    key: `audit/${entry.id}/${entry.result}`,
    atMs: Date.parse(entry.at),
    origin: entry.instance,
    seq: 0,
    kind: "command",
    subject: entry.verb,
    text: {
      en: `${by} sent ${name}: ${entry.result}, ${entry.message}${code}; reason: ${entry.reason}`,
      zh: `${by} 下发 ${name}：${entry.result}，${entry.message}${code}；原因：${entry.reason}`
    },
    isTrouble: entry.verb === "inject" && entry.result !== "refused",
    // Each command is stored as accepted first, and again with what became of it.
    isAction: entry.result === "done" || entry.result === "failed",
    isDrill: entry.verb === "inject" && entry.result !== "refused",
    operator: by
  }
}

/** Reports of a supervisor about trouble; `started`, `ready`, `stopping`, … are the usual course. */
const troubleTypes: ReadonlySet<string> = new Set(["restarting", "gaveUp", "abandoned", "endedLate"])

const supervisorFact = (event: Extract<EventMessage, { kind: "supervisor" }>) => {
  const reason = event.reason === null ? "" : `: ${event.reason}`
  const how = event.detail["how"]
  const type = typeof how === "string" ? `${event.type} (${how})` : event.type
  return {
    kind: "supervisor" as const,
    subject: event.path,
    text: both(`${event.path} ${type}${reason}`),
    isTrouble: troubleTypes.has(event.type) || how === "failed" || how === "died",
    isAction: event.type === "restarting"
  }
}

const switchFactOf = (event: Extract<EventMessage, { kind: "switch" }>) => {
  const { cause, from, gap_ms, kind, latency_ms, result, to, why } = event.record
  const because = why === null ? "" : `, ${why}`
  return {
    kind: "switch" as const,
    subject: to,
    text: {
      en: `${kind} ${from} → ${to} ${result}, cause ${cause}, latency ${latency_ms ?? "unknown"} ms, gap ${gap_ms ?? "unknown"} ms${because}`,
      zh: `${kind} ${from} → ${to} ${result}，起因 ${cause}，切换延迟 ${latency_ms ?? "未知"} ms，缺口 ${gap_ms ?? "未知"} ms${because}`
    },
    isTrouble: cause === "auto" || result !== "committed",
    isAction: true
  }
}

/** A line of the timeline for an event of stream MD_EVENTS. */
export const eventFact = (event: EventMessage): TimelineFact => {
  const origin = `${event.instance}/${event.run}`
  const common = { key: `${origin}/${event.seq}`, atMs: event.at_ms, origin, seq: event.seq }
  switch (event.kind) {
    case "audit":
      return commandFact(event.entry)
    case "supervisor":
      return { ...common, ...supervisorFact(event) }
    case "switch":
      return { ...common, ...switchFactOf(event) }
    case "transition":
      return {
        ...common,
        kind: "transition",
        subject: event.actor,
        text: both(`${event.actor} ${event.from === "" ? "start" : event.from} → ${event.to} (${event.event})`),
        isTrouble: false,
        isAction: false
      }
    case "runbook": {
      const because = event.why === "" ? "" : `: ${event.why}`
      return {
        ...common,
        kind: "runbook",
        subject: event.command,
        text: {
          en: `${event.by} ran ${event.command}: ${event.end}, exit code ${event.exit_code}, ${event.seconds} s${because}`,
          zh: `${event.by} 执行 ${event.command}：${event.end}，退出码 ${event.exit_code}，用时 ${event.seconds} s${because}`
        },
        isTrouble: event.exit_code !== 0,
        isAction: true,
        operator: event.by
      }
    }
    case "gap":
      return {
        ...common,
        kind: "events_dropped",
        subject: event.instance,
        text: {
          en: `${event.count} events from ${event.from} to ${event.to} were dropped: NATS was away`,
          zh: `${event.from} 至 ${event.to} 的 ${event.count} 个事件已丢弃：NATS 不可用`
        },
        isTrouble: true,
        isAction: false
      }
  }
}

export const switchFact = (event: Extract<EventMessage, { kind: "switch" }>): SwitchFact => ({
  atMs: event.at_ms,
  kind: event.record.kind,
  result: event.record.result,
  latencyMs: event.record.latency_ms
})

export const gapFact = (gap: GapMessage): GapFact => ({
  id: gap.id,
  feed: gap.feed,
  instrument: gap.instrument,
  cause: gap.cause,
  fromMs: gap.from,
  toMs: gap.to,
  count: gap.count,
  coveredBy: gap.covered_by ?? null
})

/** The start of a gap on the timeline. */
export const gapLine = (gap: GapFact): TimelineFact => {
  const end = gap.toMs === null ? { en: "open", zh: "未关闭" } : undefined
  const to = gap.toMs === null ? "" : shanghaiIso(gap.toMs)
  const cover =
    gap.coveredBy === null
      ? { en: "", zh: "" }
      : { en: `, covered by ${gap.coveredBy}`, zh: `，由 ${gap.coveredBy} 补齐` }
  return {
    key: `gap/${gap.id}`,
    atMs: gap.fromMs,
    origin: `gap/${gap.feed}`,
    seq: 0,
    kind: "gap",
    subject: gap.feed,
    text: {
      en: `gap of ${gap.feed}: ${gap.cause}, ${end?.en ?? `to ${to}`}${cover.en}`,
      zh: `行情源 ${gap.feed} 缺口：${gap.cause}，${end?.zh ?? `至 ${to}`}${cover.zh}`
    },
    isTrouble: true,
    isAction: false
  }
}

export const certificateFact = (message: CertificateMessage): CertificateFact => ({
  tradingDay: message.trading_day,
  session: message.session,
  feed: message.feed,
  issuedMs: message.issued,
  complete: message.complete,
  because: message.incomplete_because
})

export const certificateLine = (fact: CertificateFact): TimelineFact => ({
  key: `certificate/${fact.tradingDay}/${fact.session}/${fact.feed}/${fact.issuedMs}`,
  atMs: fact.issuedMs,
  origin: `certificate/${fact.feed}`,
  seq: 0,
  kind: "certificate",
  subject: fact.feed,
  text: {
    en: `certificate ${fact.tradingDay} ${fact.session} of ${fact.feed}: ${fact.complete ? "complete" : "incomplete"}`,
    zh: `${fact.tradingDay} ${fact.session} ${fact.feed} 完整性证书：${fact.complete ? "完整" : "不完整"}`
  },
  isTrouble: false,
  isAction: false
})
