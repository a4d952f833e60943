import type { Bilingual } from "../../kernel/bilingual.ts"
import { scriptFlags } from "./live-flags.ts"
import { windows } from "./runbook-words.ts"

const words = {
  usage: { en: "Usage: start_live_env.sh [FLAGS]", zh: "用法：start_live_env.sh [参数]" },
  start: { en: "Without a command flag it starts what does not run yet.", zh: "不带命令参数时，启动尚未运行的部分。" },
  help: { en: "Print this help", zh: "显示本帮助" },
  preset: { en: "default", zh: "默认" },
  hours: { en: "Sessions (Asia/Shanghai)", zh: "交易时段（北京时间）" },
  more: {
    en: "Markers and exit codes: docs/reference/runbook-codes.md",
    zh: "标记与退出码：docs/reference/runbook-codes.md"
  }
} as const satisfies Readonly<Record<string, Bilingual>>

const halfOf = (language: keyof Bilingual): ReadonlyArray<string> => {
  const rows = [
    ...scriptFlags.map(({ default: preset, name, text, values }) => [
      `--${name}${values === undefined ? "" : ` ${values.join("|") || "TEXT"}`}`,
      `${text[language]}${preset === undefined ? "" : ` [${words.preset[language]}: ${preset}]`}`
    ]),
    ["-h", words.help[language]]
  ]
  const width = Math.max(...rows.map(([flag = ""]) => flag.length))
  const hours = Object.entries(windows).map(([name, { end, start }]) => `${name} ${start}-${end}`)
  return [
    words.usage[language],
    words.start[language],
    "",
    ...rows.map(([flag = "", text = ""]) => `  ${flag.padEnd(width)}  ${text}`),
    "",
    `${words.hours[language]}: ${hours.join(", ")}`,
    words.more[language]
  ]
}

/** What `start_live_env.sh -h` prints: English, then Chinese. */
export const scriptHelp = (): string => [...halfOf("en"), "", ...halfOf("zh")].join("\n")
