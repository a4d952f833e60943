import type { Language } from "../notify/notification.ts"
import type { IncidentReport } from "./incident-report.ts"

type Plain = string | number | boolean | null | ReadonlyArray<Plain> | { readonly [key: string]: Plain }

/** A YAML double-quoted scalar: JSON's form, with escapes for every character that YAML does not allow as it is. */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

const isScalar = (value: Plain): value is string | number | boolean | null =>
  value === null || typeof value !== "object"

const scalar = (value: string | number | boolean | null): string =>
  typeof value === "string" ? quoted(value) : String(value)

const lines = (value: Plain, indent: string): ReadonlyArray<string> => {
  if (isScalar(value)) return [`${indent}${scalar(value)}`]
  if (Array.isArray(value)) {
    return (value as ReadonlyArray<Plain>).flatMap((item) => {
      const [first = "", ...rest] = lines(item, `${indent}  `)
      return [`${indent}- ${first.slice(indent.length + 2)}`, ...rest]
    })
  }
  return Object.entries(value).flatMap(([key, item]) => {
    if (isScalar(item)) return [`${indent}${key}: ${scalar(item)}`]
    if (Array.isArray(item) && item.length === 0) return [`${indent}${key}: []`]
    return [`${indent}${key}:`, ...lines(item, `${indent}  `)]
  })
}

/**
 * A report as YAML 1.2: mappings with plain keys, lists, and double-quoted strings. Every string is quoted, so that no
 * text can be read as a number, a comment or a key.
 */
export const yamlOf = (report: IncidentReport): string => lines(report as unknown as Plain, "").join("\n")

const headings = {
  en: {
    incident: "Incident",
    date_time: "Time",
    session: "Session",
    operator: "Operator",
    trigger: "Trigger",
    outcome: "Outcome",
    actions: "Actions",
    metrics: "Metrics",
    follow_ups: "Follow-ups",
    audit_files: "Audit files",
    timeline: "Timeline",
    gaps: "Gap records",
    certificates: "Certificates",
    quarantine: "Quarantine",
    notes: "Notes",
    none: "none"
  },
  zh: {
    incident: "事件报告",
    date_time: "时间",
    session: "时段",
    operator: "操作人",
    trigger: "触发原因",
    outcome: "结果",
    actions: "处理步骤",
    metrics: "指标",
    follow_ups: "后续事项",
    audit_files: "审计文件",
    timeline: "时间线",
    gaps: "缺口记录",
    certificates: "完整性证书",
    quarantine: "隔离行情",
    notes: "备注",
    none: "无"
  }
} as const

/** One line that Markdown shows as it is. */
const plain = (text: string): string =>
  text.replaceAll(/\s+/g, " ").replaceAll(/[\\`*_{}[\]<>#|~]/g, (character) => `\\${character}`)

/** A report as Markdown, for a page or a chat. */
export const markdownOf = (report: IncidentReport, language: Language): string => {
  const words = headings[language]
  const { evidence, incident } = report
  const list = (items: ReadonlyArray<string>) =>
    items.length === 0 ? [`- ${words.none}`] : items.map((item) => `- ${plain(item)}`)
  const part = (title: string, items: ReadonlyArray<string>) => ["", `## ${title}`, "", ...list(items)]
  const numbers = incident.metrics.flatMap((metric) =>
    Object.entries(metric).map(([name, value]) => `${name}: ${value ?? words.none}`)
  )
  const name = [words.incident, evidence.id, evidence.title].filter((text) => text !== null).join(" ")
  return [
    `# ${plain(name)}`,
    "",
    ...(["date_time", "session", "operator", "trigger", "outcome"] as const).map(
      (key) => `- ${words[key]}: ${plain(incident[key])}`
    ),
    ...part(words.actions, incident.actions),
    ...part(words.metrics, numbers),
    ...part(words.follow_ups, incident.follow_ups),
    ...part(words.audit_files, incident.audit_files),
    ...part(
      `${words.timeline} ${evidence.from} – ${evidence.to}`,
      evidence.timeline.map(({ at, kind, text }) => `${at} ${kind} ${text}`)
    ),
    ...part(
      words.gaps,
      evidence.gaps.map(
        ({ cause, covered_by, feed, from, ms, ticks, to }) =>
          `${feed} ${cause} ${from} – ${to ?? "…"} (${ms ?? "?"} ms, ${ticks ?? "?"} ticks)${covered_by === null ? "" : `, ${covered_by}`}`
      )
    ),
    ...part(
      words.certificates,
      evidence.certificates.map(
        ({ because, complete, feed, session, trading_day }) =>
          `${trading_day} ${session} ${feed} ${complete ? "COMPLETE" : `INCOMPLETE: ${because.join("; ")}`}`
      )
    ),
    ...part(
      words.quarantine,
      evidence.quarantine.map(({ count, reason }) => `${reason}: ${count}`)
    ),
    ...(evidence.notes.length === 0 ? [] : part(words.notes, evidence.notes))
  ].join("\n")
}
