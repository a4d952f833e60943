import type { ControlErrorCode } from "./error-codes.ts"
import { tradingMeanings } from "./trading-meanings.ts"

/** What each code means, for the reference page. A code without a meaning does not compile. */
export const errorMeanings: Readonly<Record<ControlErrorCode, { readonly en: string; readonly zh: string }>> = {
  MALFORMED_REQUEST: {
    en: "the request is no JSON object, or a value has the wrong type or is not one of those allowed",
    zh: "请求不是 JSON 对象，或字段的类型、取值不对"
  },
  UNKNOWN_FIELD: { en: "the request has a field that its schema does not have", zh: "请求中有未定义的字段" },
  REQUEST_TOO_LARGE: {
    en: "more than 4,096 bytes; 768 KiB for commands with symbols, 64 KiB for changes of limits",
    zh: "请求超过 4,096 字节（带合约列表的指令为 768 KiB，修改限额为 64 KiB）"
  },
  TOO_MANY_SYMBOLS: { en: "more than 25,000 symbols", zh: "合约超过 25,000 个" },
  NOTHING_ASKED: { en: "the list of symbols is empty", zh: "合约列表为空" },
  UNKNOWN_VERB: {
    en: "no endpoint has this subject; the message lists those that exist",
    zh: "没有这个主题；说明中列出可用的主题"
  },
  UNKNOWN_ACTOR: {
    en: "no machine has this name; the message lists those that exist",
    zh: "没有这个状态机；说明中列出全部名称"
  },
  UNKNOWN_FEED: { en: "the daemon has no feed of this name", zh: "没有这一路行情源" },
  UNKNOWN_CHILD: {
    en: "no child, or several children, of the tree have this name",
    zh: "监督树中没有这个子任务，或有多个同名"
  },
  UNKNOWN_FAULT: { en: "there is no drill of this name", zh: "没有这种演练" },
  UNKNOWN_CURSOR: { en: "the cursor is not from this list", zh: "游标不属于该列表" },
  DUPLICATE_REQUEST_ID: { en: "the `request_id` was used for another command", zh: "该 `request_id` 已用于另一条指令" },
  RATE_LIMITED: {
    en: "more than 200 queries or 20 commands a second (400 and 60 at once), more than 2,000 orders or 1,000 cancels a second, or more than 1,000 queries, orders or cancels, 250 commands or 50 emergencies in progress; the message begins with `Rate limit exceeded`",
    zh: "每秒超过 200 个查询或 20 个指令（突发 400 与 60）、2,000 笔委托或 1,000 笔撤单，或同时处理的查询、委托、撤单超过 1,000 个、指令超过 250 个、紧急指令超过 50 个；说明以 `Rate limit exceeded` 开头"
  },
  STOPPING: {
    en: "the daemon drains; `status`, `commands` and `health.check` still answer",
    zh: "守护进程正在排空；`status`、`commands` 与 `health.check` 仍会应答"
  },
  DRILLS_DISABLED: { en: "the daemon runs without `DRILLS_ENABLED`", zh: "守护进程未开启 `DRILLS_ENABLED`" },
  DRILL_NOT_POSSIBLE: { en: "not possible with this front, or not now", zh: "该前置或当前状态下无法演练" },
  NOT_NOW: {
    en: "not possible in this state; after the audit entry `accepted`, the attempt failed",
    zh: "当前状态下不可行；若审计已记 `accepted`，则为执行失败"
  },
  REPLY_TOO_LARGE: {
    en: "the answer exceeds the server's `max_payload`; a command is carried out all the same",
    zh: "应答超过服务器的 `max_payload`；指令仍已执行"
  },
  NO_SECOND_FEED: { en: "the daemon has one feed", zh: "只有一路行情源" },
  ALREADY_ACTIVE: { en: "the feed is active already", zh: "该路已是当前源" },
  FEED_NOT_HEALTHY: {
    en: "the feed is not logged in, is silent, or failed a short time ago; `force` overrides it",
    zh: "该路未登录、无行情或刚出过故障；可用 `force` 强制"
  },
  SWITCH_HELD: { en: "a hold is on; `force` overrides it", zh: "切换已冻结；可用 `force` 强制" },
  SWITCH_BUSY: { en: "another switch is in progress", zh: "另一次切换正在进行" },
  SWITCH_ROLLED_BACK: {
    en: "with `wait_ms`: no tick came in time; the old feed is active as before",
    zh: "带 `wait_ms` 时：新源未及时来行情，仍用原来的行情源"
  },
  SWITCH_CANCELLED: {
    en: "with `wait_ms`: the switch was cancelled; the old feed is active as before",
    zh: "带 `wait_ms` 时：切换被取消，仍用原来的行情源"
  },
  FEED_IS_ACTIVE: {
    en: "the feed is the active one, or the only one without `force`: its ticks would stop for a moment",
    zh: "该路是当前源，或是唯一一路且未带 `force`：行情会短暂中断"
  },
  SECRET_NOT_FILE: {
    en: "the secret was given as a variable, which cannot change in a running process",
    zh: "密码由环境变量给出，运行中的进程无法更换"
  },
  SECRET_UNREADABLE: {
    en: "the secret's file cannot be read, or its text is not valid",
    zh: "密码文件无法读取，或内容无效"
  },
  LOGIN_ROLLED_BACK: {
    en: "the new login failed; the session is logged in with the former secret again",
    zh: "新密码登录失败；会话已用原密码重新登录"
  },
  LOGIN_LOST: {
    en: "neither the new nor the former secret has logged in",
    zh: "新密码与原密码均未能登录"
  },
  ...tradingMeanings,
  AUDIT_FAILED: {
    en: "the audit could not be written, so the command was not carried out; emergencies are carried out all the same",
    zh: "审计写不进，指令未执行；紧急指令照常执行"
  },
  INTERNAL: { en: "a bug: see the daemon's log", zh: "程序缺陷，请看守护进程日志" }
}
