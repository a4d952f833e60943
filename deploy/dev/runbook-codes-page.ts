// The generated block of docs/reference/runbook-codes.md: exit codes, markers, and the stages of each command.
import type { Bilingual } from "../../src/kernel/bilingual.ts"
import { runbookExits } from "../../src/ops/domain/exit-codes.ts"
import { liveFlags } from "../../src/ops/domain/live-flags.ts"
import { runbookMarkers } from "../../src/ops/domain/markers.ts"
import { everyPart, planOf } from "../../src/ops/domain/plan.ts"
import { type RunbookCommand, runbookCommands } from "../../src/ops/domain/runbook-words.ts"

type Language = keyof Bilingual

const words = {
  en: {
    codes: ["code", "meaning", "what to do"],
    markers: ["printed", "when"],
    flags: ["flag", "values", "default", "meaning"],
    stages: ["command", "stage", "deadline", "attempts", "exit codes", "changes", "done when"],
    titles: ["Exit codes", "Markers", "Flags", "Stages"],
    yes: "yes",
    no: "no",
    any: "any"
  },
  zh: {
    codes: ["退出码", "含义", "处理"],
    markers: ["输出", "条件"],
    flags: ["参数", "取值", "默认值", "含义"],
    stages: ["命令", "阶段", "时限", "尝试次数", "退出码", "有改动", "完成条件"],
    titles: ["退出码表", "标记", "参数", "阶段"],
    yes: "是",
    no: "否",
    any: "任意"
  }
} as const

const row = (cells: ReadonlyArray<string>) => `| ${cells.join(" | ")} |`
const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>) => [
  row(head),
  row(head.map(() => "---")),
  ...rows.map(row),
  ""
]
const code = (text: string) => `\`${text}\``
const commands = Object.keys(runbookCommands) as ReadonlyArray<RunbookCommand>

const stageRows = (language: Language) =>
  commands.flatMap((command) =>
    planOf({ command, skipLive: false }, everyPart).map(({ attemptsMax, changes, deadlineMs, exits, name, proof }) => [
      command,
      name,
      `${deadlineMs / 1000} s`,
      String(attemptsMax),
      exits.map((exit) => runbookExits[exit].code).join(", "),
      changes ? words[language].yes : words[language].no,
      proof[language]
    ])
  )

const flagRows = (language: Language) =>
  liveFlags.map(({ default: preset, name, text, values }) => [
    code(`--${name}`),
    values === undefined ? "" : values.length === 0 ? words[language].any : values.map(code).join(", "),
    preset === undefined ? "" : code(preset),
    text[language]
  ])

const block = (language: Language): string => {
  const { codes, flags, markers, stages, titles } = words[language]
  const exits = Object.values(runbookExits)
  const rows = exits.map(({ after, code, meaning }) => [String(code), meaning[language], after[language]])
  const [codesTitle, markersTitle, flagsTitle, stagesTitle] = titles
  return [
    `### ${codesTitle}`,
    "",
    ...table(codes, rows),
    `### ${markersTitle}`,
    "",
    ...table(
      markers,
      runbookMarkers.map(({ text, when }) => [code(text), when[language]])
    ),
    `### ${flagsTitle}`,
    "",
    ...table(flags, flagRows(language)),
    `### ${stagesTitle}`,
    "",
    ...table(stages, stageRows(language))
  ].join("\n")
}

/** The page with its generated blocks renewed; what stands around them stays. */
export const runbookCodesPage = (page: string): string =>
  (["en", "zh"] as const).reduce((text, language) => {
    const [begin, end] = [`<!-- runbook ${language}: begin -->`, `<!-- runbook ${language}: end -->`]
    const from = text.indexOf(begin)
    const to = text.indexOf(end)
    if (from < 0 || to < from) throw new Error(`docs/reference/runbook-codes.md has no block ${begin}`)
    return `${text.slice(0, from + begin.length)}\n\n${block(language)}\n${text.slice(to)}`
  }, page)
