import type { Bilingual } from "../../../kernel/bilingual.ts"
import type { SessionWindow } from "../../../kernel/time/session-window.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { explainCode } from "./explain-code.ts"
import type { Language, Level, Notification } from "./notification.ts"

const levels: Readonly<Record<Level, Bilingual>> = {
  info: { en: "INFO", zh: "通知" },
  warning: { en: "WARNING", zh: "警告" },
  critical: { en: "CRITICAL", zh: "严重" }
}
const sessions: Readonly<Record<SessionWindow, Bilingual>> = {
  day: { en: "day", zh: "日盘" },
  night: { en: "night", zh: "夜盘" },
  none: { en: "none (market closed)", zh: "无（休市）" }
}
const labels = {
  happened: { en: "What happened", zh: "情况" },
  after: { en: "What to do", zh: "处理" },
  message: { en: "Message", zh: "说明" },
  runbook: { en: "Runbook", zh: "手册" },
  marker: { en: "Marker", zh: "标记" },
  code: { en: "Exit code", zh: "退出码" },
  host: { en: "Host", zh: "主机" },
  instance: { en: "Instance", zh: "实例" },
  session: { en: "Session", zh: "交易时段" },
  profile: { en: "Profile", zh: "环境" },
  time: { en: "Time", zh: "时间" }
} as const satisfies Readonly<Record<string, Bilingual>>

/** One line of a notification. */
export interface Line {
  readonly label: string
  readonly value: string
}

/** A notification in one language: what every channel formats in its own way. */
export interface NotificationText {
  readonly title: string
  readonly lines: ReadonlyArray<Line>
}

/** First what happened and what to do, then where. A notification without a message has no line for it. */
export const textOf = (notification: Notification, language: Language): NotificationText => {
  const { atMs, code, host, instance, level, message, profile, runbook, session, tag } = notification
  const { after, happened } = explainCode(tag, code)
  const line = (label: keyof typeof labels, value: string): Line => ({ label: labels[label][language], value })
  const word = levels[level][language]
  const head =
    language === "zh" ? `【${word}】${tag}，退出码 ${code}，${host}` : `[${word}] ${tag}, exit code ${code}, ${host}`
  return {
    title: head,
    lines: [
      line("happened", happened[language]),
      line("after", after[language]),
      ...(message === "" ? [] : [line("message", message)]),
      line("runbook", runbook),
      line("marker", tag),
      line("code", String(code)),
      line("host", host),
      line("instance", instance),
      line("session", sessions[session][language]),
      line("profile", profile),
      line("time", shanghaiIso(atMs))
    ]
  }
}

/** Title and lines as plain text. */
export const plainTextOf = ({ lines, title }: NotificationText): string =>
  [title, "", ...lines.map(({ label, value }) => `${label}: ${value}`)].join("\n")

/** The longest beginning of `text` that has at most `mostBytes` bytes in UTF-8, cut between characters. */
export const cutToBytes = (text: string, mostBytes: number): string => {
  const encoder = new TextEncoder()
  if (encoder.encode(text).length <= mostBytes) return text
  let used = 3
  let kept = ""
  for (const character of text) {
    used += encoder.encode(character).length
    if (used > mostBytes) break
    kept += character
  }
  return `${kept}…`
}
