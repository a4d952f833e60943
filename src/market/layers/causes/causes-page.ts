import { type Cause, causes } from "./causes.ts"

/** After a part has worked once: what a variable says is read once, everything else comes back. */
export const afterOf = ({ part }: Pick<Cause, "part">): "cannot come" | "retried" =>
  part === "configuration" || part === "calendar" ? "cannot come" : "retried"

const zhAfter = { "cannot come": "不会发生", retried: "重试" } as const

const startText = ({ start }: Cause): string => (start === "waits" ? "waits" : `ends, ${start}`)
const zhStart = ({ start }: Cause): string => (start === "waits" ? "等待" : `退出，${start}`)

const english = causes.map(
  (cause) => `| \`${cause.code}\` | ${cause.part} | ${cause.what} | ${startText(cause)} | ${afterOf(cause)} |`
)
const chinese = causes.map(
  (cause) => `| \`${cause.code}\` | ${cause.zh} | ${zhStart(cause)} | ${zhAfter[afterOf(cause)]} |`
)

/** The text of docs/reference/causes.md. */
export const causesPage = (): string => `# What ends the daemon, and what it waits for

Written by \`node deploy/dev/generate-causes.ts\` from \`src/market/layers/causes/causes.ts\`.
\`tests/unit/market/layers/causes/causes.test.ts\` raises each cause before and after its part has worked.
[中文](#什么会结束守护进程什么会等待)

1. **A part that worked once since the start is tried again, after every error.** The pause doubles from 0.2 s to 10 s (30 s for a
   feed worker, 5 s for the link of the ticks).
2. **A start waits for everything except a configuration that does not parse.** The daemon is not ready meanwhile. The parts after
   the waiting one still start: sessions log in, and with a spool their ticks are kept.
3. **Parts beside the ticks delay no tick**: control plane, events, audit, side streams, telemetry. The daemon is ready without
   them.
4. **Exit codes after which systemd does not restart (65, 69, 78)** mean that a person must change this daemon's configuration, or
   decide between two daemons. They are used only before the part has worked once.

A waiting part is reported by \`/readyz\` (a reason, or a line \`warning:\` below \`ready\`), by \`waiting\` in \`/status\`, by the metric
\`md_waiting{part,code}\`, and in the log: \`waiting\` at once and then once a minute, \`waiting_over\` when it works. \`tickd demo\` does
not wait, because a person watches its start. There each of these causes ends it with a message before the part has worked.

| cause | part | what it is | before the part worked once | after |
|---|---|---|---|---|
${english.join("\n")}

Exit codes of \`tickd run\` without a cause above: 0 after a drain, 1 \`TICKS_UNACCOUNTED\`, 64 wrong usage, 70 a bug,
\`SHUTDOWN_DEADLINE\` or \`RESTART_INTENSITY\` (more than ten restarts of one supervisor's children in a minute), 130 a second signal.
Other verbs end at once: [exit codes](cli.md#exit-codes).

# 什么会结束守护进程，什么会等待

本页由 \`node deploy/dev/generate-causes.ts\` 依据 \`src/market/layers/causes/causes.ts\` 生成；
\`tests/unit/market/layers/causes/causes.test.ts\` 在相应部分工作之前和之后各触发一次每种原因。

1. **本次运行中正常工作过的部分，无论出什么错都会重试**。间隔从 0.2 秒倍增到 10 秒（行情工作进程 30 秒，行情发布连接 5 秒）。
2. **启动时除配置无法解析外一律等待**，其间不就绪；排在其后的部分照常启动：会话登录，有 spool 时行情会被保留。
3. **行情之外的部分不会阻塞任何行情**：控制面、事件、审计、旁路流、遥测。没有它们守护进程照样就绪。
4. **systemd 不再重启的退出码（65、69、78）** 只用于必须由人修改本进程配置、或在两个守护进程之间取舍的情况，而且仅限该部分从未工作过时。

等待中的部分见于 \`/readyz\`（原因，或 \`ready\` 之下的 \`warning:\` 行）、\`/status\` 的 \`waiting\`、指标 \`md_waiting{part,code}\`
和日志：\`waiting\` 立即记一次、之后每分钟一次，恢复时记 \`waiting_over\`。\`tickd demo\` 不等待：启动时有人在看，
上述原因在该部分工作之前都会以一句说明结束它。

| 原因 | 含义 | 从未工作过 | 工作过之后 |
|---|---|---|---|
${chinese.join("\n")}

不在上表中的 \`tickd run\` 退出码：0 正常排空，1 \`TICKS_UNACCOUNTED\`，64 用法错误，70 程序缺陷、\`SHUTDOWN_DEADLINE\` 或
\`RESTART_INTENSITY\`（一个监督者的子任务一分钟内重启超过十次），130 第二个信号。其他命令会立即结束，见[退出码](cli.md#exit-codes)。
`
