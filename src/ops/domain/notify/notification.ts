import type { SessionWindow } from "../../../kernel/time/session-window.ts"

/** Where a notification can go. Each has one adapter. */
export const channelNames = ["slack", "dingtalk", "wecom", "feishu", "webhook", "mail"] as const
export type ChannelName = (typeof channelNames)[number]

export const languages = ["en", "zh"] as const
export type Language = (typeof languages)[number]

export type Level = "info" | "warning" | "critical"

/**
 * One thing that an operator must know. Identity: `id`, the same for every attempt and channel.
 * Units: `atMs` is epoch milliseconds. `message` is free text of the caller, empty when there is none.
 */
export interface Notification {
  readonly id: string
  readonly level: Level
  /** Marker of the program that reports, such as `subscription_health_escalation`. */
  readonly tag: string
  readonly code: number
  readonly atMs: number
  readonly host: string
  readonly instance: string
  readonly session: SessionWindow
  readonly profile: string
  readonly message: string
  /** URL or path of the page to follow. */
  readonly runbook: string
}

/** Controls would break headers and layouts. A line break is kept where `isMultiline`. */
export const cleanText = (text: string, most: number, isMultiline = false): string =>
  [...text.replace(/\r\n?/g, "\n")]
    .map((character) => {
      if (character === "\n" && isMultiline) return character
      return /\p{Cc}/u.test(character) ? " " : character
    })
    .slice(0, most)
    .join("")
    .trim()
