import type { Bilingual } from "../../kernel/bilingual.ts"
import type { RunbookCommand } from "./runbook-words.ts"

interface Marker {
  /** What standard output holds; `<…>` is filled in. */
  readonly text: string
  readonly when: Bilingual
  /** The commands that may print it; `any` is each of them. */
  readonly of: ReadonlyArray<RunbookCommand> | "any"
}

const readyAfter: ReadonlyArray<RunbookCommand> = ["start", "restart", "failover", "failback", "rollback"]
const changing: ReadonlyArray<RunbookCommand> = [...readyAfter, "stop", "drill", "rotate"]

/** The markers that scripts search for. Each is printed only when it is true. */
export const runbookMarkers: ReadonlyArray<Marker> = [
  {
    text: "HEALTH=READY",
    of: readyAfter,
    when: {
      en: "A start, restart, switch or rollback is done: ticks are stored and coverage is at least 99.5 %",
      zh: "启动、重启、切换或回滚完成：行情已写入流，覆盖率不低于 99.5 %"
    }
  },
  {
    text: "HEALTH=READY (market closed)",
    of: readyAfter,
    when: {
      en: "The same in a closed market: all subscriptions are acknowledged",
      zh: "休市时同上：所有订阅均已得到应答"
    }
  },
  {
    text: "Everything runs already: nothing was changed",
    of: ["start"],
    when: { en: "A start found every stage proved", zh: "启动时各阶段均已满足" }
  },
  {
    text: "SESSION=NONE",
    of: [...readyAfter, "rotate", "checkpoint"],
    when: { en: "The window has no trading session today: nothing was changed", zh: "当日该时段不交易：未做任何改动" }
  },
  {
    text: "GRACEFUL_SHUTDOWN=OK",
    of: ["restart", "stop"],
    when: { en: "The old daemon has drained and ended with 0", zh: "旧守护进程已排空并以 0 退出" }
  },
  {
    text: "tickd did not run: nothing was drained",
    of: ["restart", "stop"],
    when: {
      en: "Instead of the marker before, and of `UNSUBSCRIBED`: no daemon was there to end",
      zh: "守护进程未在运行时，代替上一行与 `UNSUBSCRIBED`"
    }
  },
  {
    text: "RESTART=OK gap_ms=<N>",
    of: ["restart"],
    when: {
      en: "A restart is done; the gap is that of the stored gap record",
      zh: "重启完成；缺口取自已写入的缺口记录"
    }
  },
  {
    text: "UNSUBSCRIBED",
    of: ["stop"],
    when: {
      en: "A stop: no worker holds a session, so that the fronts hold no subscription of this daemon",
      zh: "停止：没有工作进程持有会话，前置不再保有该守护进程的任何订阅"
    }
  },
  {
    text: "<feed> is the active feed already: nothing was switched",
    of: ["failover", "failback"],
    when: { en: "The wanted feed was active when the run began", zh: "目标行情源在执行前已是当前源" }
  },
  {
    text: "Failover completed in <N>ms",
    of: ["failover"],
    when: { en: "The first tick of the backup feed is stored", zh: "备源的首条行情已写入流" }
  },
  {
    text: "Failback completed in <N>ms",
    of: ["failback", "drill"],
    when: { en: "The first tick of the primary feed is stored", zh: "主源的首条行情已写入流" }
  },
  {
    text: "Drill failover completed in <N>ms",
    of: ["drill"],
    when: { en: "The first switch of a drill is committed", zh: "演练的第一次切换已生效" }
  },
  {
    text: "Failover drill completed successfully",
    of: ["drill"],
    when: { en: "Every check of a drill has passed", zh: "演练的各项检查全部通过" }
  },
  {
    text: "ROTATE=OK feed=<feed>",
    of: ["rotate"],
    when: { en: "The feed is logged in with the secret of its file", zh: "该路已使用密码文件的当前内容登录" }
  },
  {
    text: "ROLLBACK=OK to=<N>",
    of: ["rollback"],
    when: {
      en: "The settings and the program of this snapshot run again",
      zh: "该快照的设置与程序已重新运行"
    }
  },
  {
    text: "Orchestration completed in <N>s",
    of: "any",
    when: { en: "A command has ended with 0", zh: "命令以 0 结束" }
  },
  {
    text: "Attempting rollback to <feed> (<stage>)",
    of: changing,
    when: { en: "A stage failed for the last time, after something was changed", zh: "某阶段最终失败，且此前已有改动" }
  },
  {
    text: "Rollback to <feed> succeeded",
    of: changing,
    when: { en: "What ran before runs again", zh: "原状态已恢复" }
  },
  {
    text: "Rollback to <feed> failed: manual intervention required",
    of: changing,
    when: { en: "What ran before could not be restored", zh: "原状态未能恢复，需人工处理" }
  },
  {
    text: "Missing backup variables: <names>",
    of: ["failover", "drill"],
    when: {
      en: "A failover or drill without a complete backup login: nothing was changed",
      zh: "备用登录信息不完整：未做任何改动"
    }
  },
  {
    text: "Unknown option: <option>",
    of: "any",
    when: { en: "A flag that is not in the runbook: nothing was changed", zh: "runbook 中没有该参数：未做任何改动" }
  }
]

/** The markers of a command, in the sequence of the table. */
export const markersOf = (command: RunbookCommand) =>
  runbookMarkers.filter((marker) => marker.of === "any" || marker.of.includes(command))
