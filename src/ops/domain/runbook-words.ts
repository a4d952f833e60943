import type { Bilingual } from "../../kernel/bilingual.ts"

/** What a runbook does. `start` is the command of a script without a command flag. */
export type RunbookCommand =
  | "start"
  | "restart"
  | "stop"
  | "failover"
  | "failback"
  | "drill"
  | "rotate"
  | "rollback"
  | "status"
  | "checkpoint"

/** What the records of a run name. `unknown`: the command line was refused, and names no single command. */
export type RunbookAction = RunbookCommand | "unknown"

/** The commands that a flag names, in the sequence of the help. The script has all of them but the last two. */
export const flagCommands = ["restart", "stop", "failover", "failback", "drill", "rotate", "rollback"] as const
export type FlagCommand = (typeof flagCommands)[number]

/** What each command does, in one sentence. */
export const runbookCommands: Readonly<Record<RunbookCommand, Bilingual>> = {
  start: {
    en: "Starts what does not run yet and proves that it is ready",
    zh: "启动尚未运行的部分，并验证其就绪"
  },
  restart: {
    en: "Restarts tickd and measures the gap; NATS keeps running",
    zh: "重启 tickd 并测量缺口；NATS 不停"
  },
  stop: { en: "Drains and stops everything, then archives the logs", zh: "排空并停止全部进程，随后归档日志" },
  failover: {
    en: "Makes the backup feed the active one; NATS keeps running",
    zh: "切换到备源；NATS 不停"
  },
  failback: {
    en: "Makes the primary feed the active one again; NATS keeps running",
    zh: "切回主源；NATS 不停"
  },
  drill: {
    en: "Checks, fails over, checks, fails back and checks again",
    zh: "检查、切换到备源、检查、切回主源、再检查"
  },
  rotate: {
    en: "Logs the feeds in with their changed secrets, the standby one first; nothing is restarted",
    zh: "用更换后的密码逐路重新登录，先备用路；不重启任何进程"
  },
  rollback: {
    en: "Starts tickd again with the settings and the program of an earlier good start",
    zh: "用此前一次成功启动的设置与程序重新启动 tickd"
  },
  status: { en: "Shows what runs; changes nothing", zh: "显示运行状态，不做任何改动" },
  checkpoint: { en: "Runs all checks before the open; changes nothing", zh: "开盘前执行全部检查，不做任何改动" }
}

/** Hours of a trading session in Asia/Shanghai, `HH:MM`. `checkpoint` is five minutes before the start. */
export interface WindowHours {
  readonly start: string
  readonly end: string
  readonly checkpoint: string
}

export const windows = {
  day: { start: "09:00", end: "15:00", checkpoint: "08:55" },
  night: { start: "21:00", end: "02:30", checkpoint: "20:55" }
} as const satisfies Readonly<Record<string, WindowHours>>
export type Window = keyof typeof windows

export const profiles = ["dev", "live", "mock"] as const
export type Profile = (typeof profiles)[number]

/** The two logins of a front. */
export const feeds = ["primary", "backup"] as const
export type Feed = (typeof feeds)[number]

/** Whose secrets a rotation takes. */
export const rotatedFeeds = ["backup", "primary", "both"] as const
export type RotatedFeeds = (typeof rotatedFeeds)[number]
