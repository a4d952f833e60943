import type { Bilingual } from "../../../kernel/bilingual.ts"
import type { CheckpointRecord } from "./checkpoint-record.ts"

const sessions = {
  day: { en: "day", zh: "日盘" },
  night: { en: "night", zh: "夜盘" }
} as const satisfies Readonly<Record<CheckpointRecord["session"], Bilingual>>

/** Time of day of an ISO time, `HH:MM:SS`. */
const clockOf = (iso: string): string => iso.slice(11, 19)

const margin = ({ deadline, timestamp }: CheckpointRecord): Bilingual => {
  const seconds = Math.round((Date.parse(deadline) - Date.parse(timestamp)) / 1000)
  const at = `${clockOf(timestamp)}`
  return seconds >= 0
    ? {
        en: `at ${at}, ${seconds} s before the deadline ${clockOf(deadline)}`,
        zh: `${at}，距截止时间 ${clockOf(deadline)} 还有 ${seconds} 秒`
      }
    : {
        en: `at ${at}, ${-seconds} s after the deadline ${clockOf(deadline)}`,
        zh: `${at}，已过截止时间 ${clockOf(deadline)} ${-seconds} 秒`
      }
}

/** One sentence for an operator and for operators. */
export const checkpointSentence = (record: CheckpointRecord): Bilingual => {
  const { checks, session, status } = record
  const name = sessions[session]
  const when = margin(record)
  const failed = checks.find(({ result }) => result === "failed")
  switch (status) {
    case "passed":
      return {
        en: `T-5 checkpoint of the ${name.en} session passed ${when.en}`,
        zh: `${name.zh} T-5 检查通过（${when.zh}）`
      }
    case "late":
      return {
        en: `T-5 checkpoint of the ${name.en} session passed too late, ${when.en}`,
        zh: `${name.zh} T-5 检查超时后才通过（${when.zh}）`
      }
    case "failed":
      return {
        en: `T-5 checkpoint of the ${name.en} session failed ${when.en}: ${failed?.check ?? "plan"}: ${failed?.message ?? ""}`,
        zh: `${name.zh} T-5 检查未通过（${when.zh}）：${failed?.check ?? "plan"}：${failed?.message ?? ""}`
      }
    case "no_session":
      return {
        en: `There is no ${name.en} session today: no T-5 checkpoint is needed`,
        zh: `今日无${name.zh}，无需 T-5 检查`
      }
    case "interrupted":
      return {
        en: `T-5 checkpoint of the ${name.en} session was interrupted: run it again`,
        zh: `${name.zh} T-5 检查被中断，请重新执行`
      }
  }
}
