import type { Bilingual } from "../../../kernel/bilingual.ts"
import { runbookExits } from "../exit-codes.ts"
import type { Level } from "./notification.ts"

interface Explanation {
  readonly level: Level
  readonly happened: Bilingual
  readonly after: Bilingual
}

/** Markers of the health check, and those of runbooks, by how they begin. */
const ofHealthCheck = /^subscription_health/
const ofRunbook =
  /^(?:md_)?(?:runbook|live|start_live_env|orchestration|drill|failover|failback|restart|stop|checkpoint|t5)/

const nothing: Bilingual = { en: "Nothing", zh: "无需处理" }

const healthAfter: Bilingual = {
  en: "Run `tickd health check`; it names the missing and silent contracts",
  zh: "执行 `tickd health check`，其中列出缺失与无行情的合约"
}

/** Exit codes of the health check, docs/operations/subscription-check.md. */
const healthCodes: Readonly<Record<number, Explanation>> = {
  0: {
    level: "info",
    happened: { en: "The health check found no fault", zh: "健康检查未发现问题" },
    after: nothing
  },
  1: {
    level: "warning",
    happened: { en: "The health check has warnings", zh: "健康检查有警告" },
    after: healthAfter
  },
  2: {
    level: "critical",
    happened: {
      en: "The health check found errors, and repair has not removed them",
      zh: "健康检查发现错误，补救后仍未消除"
    },
    after: healthAfter
  }
}

/** A checkpoint whose checks all held, after its deadline: exit code 0, and yet news for operators. */
const lateCheckpoint: Explanation = {
  level: "warning",
  happened: {
    en: "Every check holds, and the T-5 deadline has passed",
    zh: "各项检查均通过，但已过 T-5 截止时间"
  },
  after: {
    en: "Report the delay to the traders",
    zh: "将延迟告知交易员"
  }
}

/** Not a fault of tickd: an operator stopped it, or it must be tried later. */
const mild: ReadonlySet<number> = new Set([
  runbookExits.locked.code,
  runbookExits.drillRefused.code,
  runbookExits.interrupted.code,
  runbookExits.terminated.code
])

const readLog: Bilingual = {
  en: "Read the last lines of the log of that program",
  zh: "查看该程序日志的末尾"
}

/**
 * The meaning of an exit code for the program that a marker names, and what an operator does. A code of an unknown
 * program is given as a number: the same number means other things elsewhere.
 */
export const explainCode = (tag: string, code: number): Explanation => {
  if (tag === "t5_checkpoint_late" && code === 0) return lateCheckpoint
  const ofHealth = ofHealthCheck.test(tag) ? healthCodes[code] : undefined
  if (ofHealth !== undefined) return ofHealth
  const exit = ofRunbook.test(tag) ? Object.values(runbookExits).find((one) => one.code === code) : undefined
  const level = code === 0 ? "info" : exit !== undefined && mild.has(code) ? "warning" : "critical"
  if (exit !== undefined) return { level, happened: exit.meaning, after: exit.after }
  if (code === 0) {
    return { level, happened: { en: `${tag} has ended with success`, zh: `${tag} 已成功结束` }, after: nothing }
  }
  return {
    level,
    happened: { en: `${tag} ended with exit code ${code}`, zh: `${tag} 以退出码 ${code} 结束` },
    after: readLog
  }
}
