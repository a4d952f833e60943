import type { Bilingual } from "../../kernel/bilingual.ts"

/** One exit code of a runbook. `after` is what an operator does. */
interface RunbookExit {
  readonly code: number
  readonly meaning: Bilingual
  readonly after: Bilingual
}

const seeStage: Bilingual = {
  en: "Read the last lines of start_live_env.log: they name the proof that failed",
  zh: "查看 start_live_env.log 末尾：其中写明未通过的验证"
}
const checkFeed: Bilingual = {
  en: "Run `tickd health check`; it names the missing and silent contracts",
  zh: "执行 `tickd health check`，其中列出缺失与无行情的合约"
}
const checkReaders: Bilingual = {
  en: "Run `tickd consumers`; it names the reader that is behind",
  zh: "执行 `tickd consumers`，其中列出积压的消费者"
}

/**
 * Every exit code of a runbook, once. 0, 1, 2, 3, 21, 22 and 41 to 46 are those of the scripts that operators know;
 * 11 to 13, 23 to 25, 47 and 70 name what those scripts had no code for; 130, 137 and 143 are 128 and the number of the
 * signal.
 */
export const runbookExits = {
  ok: {
    code: 0,
    meaning: { en: "Done, or nothing was to be done", zh: "完成，或无需操作" },
    after: { en: "Nothing", zh: "无需处理" }
  },
  configuration: {
    code: 1,
    meaning: { en: "A flag or the configuration is wrong, or NATS is not ready", zh: "参数或配置有误，或 NATS 未就绪" },
    after: { en: "Fix what the sentence names, then run the command again", zh: "按提示修正后重新执行" }
  },
  tickd: { code: 2, meaning: { en: "tickd is not ready", zh: "tickd 未就绪" }, after: seeStage },
  subscription: {
    code: 3,
    meaning: { en: "Coverage of the catalogue is below 99.5 %", zh: "合约覆盖率低于 99.5 %" },
    after: checkFeed
  },
  preflight: {
    code: 11,
    meaning: { en: "A check of this machine failed", zh: "本机检查未通过" },
    after: { en: "Fix what the sentence names; nothing was changed", zh: "按提示修正；系统未做任何改动" }
  },
  locked: {
    code: 12,
    meaning: { en: "Another runbook holds the lock", zh: "另一个 runbook 正持有锁" },
    after: { en: "Wait for it; the sentence names who holds the lock", zh: "等待其结束；提示中写明持有者" }
  },
  monitoring: { code: 13, meaning: { en: "Monitoring is not ready", zh: "监控未就绪" }, after: seeStage },
  ingest: {
    code: 21,
    meaning: { en: "No session is logged in, or no tick is stored", zh: "会话未登录，或没有行情写入流" },
    after: {
      en: "Run `tickd status`; it names what each session waits for",
      zh: "执行 `tickd status`，其中写明各会话在等什么"
    }
  },
  console: { code: 22, meaning: { en: "The console is not ready", zh: "控制台未就绪" }, after: seeStage },
  switch: {
    code: 23,
    meaning: { en: "The feed was not switched", zh: "行情源未切换" },
    after: { en: "Run `tickd state failover`; it names the reason", zh: "执行 `tickd state failover`，其中写明原因" }
  },
  stop: {
    code: 24,
    meaning: { en: "A program did not stop", zh: "有进程未能停止" },
    after: seeStage
  },
  rotate: {
    code: 25,
    meaning: { en: "A secret was not rotated: the feed uses the former one", zh: "密码未更换：该路仍使用原密码" },
    after: {
      en: "Correct the secret that the sentence names, then run the command again",
      zh: "改正提示中所述的密码后重新执行"
    }
  },
  drillHealthStart: {
    code: 41,
    meaning: { en: "Drill: health check before the switch", zh: "演练：切换前健康检查未通过" },
    after: checkFeed
  },
  drillConsumersStart: {
    code: 42,
    meaning: { en: "Drill: consumer check before the switch", zh: "演练：切换前消费者检查未通过" },
    after: checkReaders
  },
  drillConsumersBackup: {
    code: 43,
    meaning: { en: "Drill: consumer check on the backup feed", zh: "演练：切到备源后消费者检查未通过" },
    after: checkReaders
  },
  drillHealthBackup: {
    code: 44,
    meaning: { en: "Drill: health check on the backup feed", zh: "演练：切到备源后健康检查未通过" },
    after: checkFeed
  },
  drillConsumersPrimary: {
    code: 45,
    meaning: { en: "Drill: consumer check after the failback", zh: "演练：切回主源后消费者检查未通过" },
    after: checkReaders
  },
  drillHealthPrimary: {
    code: 46,
    meaning: { en: "Drill: health check after the failback", zh: "演练：切回主源后健康检查未通过" },
    after: checkFeed
  },
  drillRefused: {
    code: 47,
    meaning: { en: "Drill refused: nothing was switched", zh: "演练被拒绝：未做任何切换" },
    after: { en: "Wait for the time or the feed that the sentence names", zh: "等待提示中所述的时间或行情源" }
  },
  defect: {
    code: 70,
    meaning: {
      en: "A defect of the tool; the next run completes or undoes what it has left",
      zh: "工具自身缺陷；其遗留的改动由下一次执行完成或撤销"
    },
    after: {
      en: "Run `tickd live status`, then the command again, and report the log line",
      zh: "执行 `tickd live status` 后重新执行该命令，并反馈该行日志"
    }
  },
  killed: {
    code: 137,
    meaning: {
      en: "The tool was killed; the next run has written this line",
      zh: "工具被强行终止；此行由下一次执行补写"
    },
    after: {
      en: "Read what the next run has logged: it says whether the changes are complete or undone",
      zh: "查看下一次执行的日志：其中写明改动是已完成还是已撤销"
    }
  },
  interrupted: {
    code: 130,
    meaning: { en: "Interrupted by SIGINT (Ctrl-C)", zh: "被 SIGINT（Ctrl-C）中断" },
    after: { en: "Nothing half-done runs; run the command again", zh: "没有残留的半成品；可重新执行" }
  },
  terminated: {
    code: 143,
    meaning: { en: "Interrupted by SIGTERM", zh: "被 SIGTERM 中断" },
    after: { en: "Nothing half-done runs; run the command again", zh: "没有残留的半成品；可重新执行" }
  }
} as const satisfies Readonly<Record<string, RunbookExit>>

export type RunbookExitName = keyof typeof runbookExits
