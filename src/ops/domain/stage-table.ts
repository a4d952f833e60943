import type { Bilingual } from "../../kernel/bilingual.ts"
import type { RunbookExitName } from "./exit-codes.ts"

/**
 * What is said of one stage. It is done when its own proof holds, not when its command returned.
 * Units: `deadlineMs` is for one attempt.
 * Shape: `exits` is not empty; the first one is that of a stage whose deadline passed.
 */
export interface StageRow {
  readonly deadlineMs: number
  /** False: the stage only looks, so that its failure leaves nothing to roll back. */
  readonly changes: boolean
  readonly exits: readonly [RunbookExitName, ...ReadonlyArray<RunbookExitName>]
  readonly proof: Bilingual
}

const drillCheck = (exit: RunbookExitName, proof: Bilingual): StageRow => ({
  deadlineMs: 60_000,
  changes: false,
  exits: [exit],
  proof
})
const healthProof: Bilingual = {
  en: "The enforced health check passes on the active feed",
  zh: "当前源上强制健康检查通过"
}
const consumersProof: Bilingual = {
  en: "The backlog of each consumer of the expected feed is within the threshold",
  zh: "目标行情源的各消费者积压均不超过阈值"
}
const switchProof: Bilingual = {
  en: "The first valid tick of the new feed has committed the switch",
  zh: "新行情源的首条有效行情已使切换生效"
}
const drillSwitch: StageRow = { deadlineMs: 10_000, changes: true, exits: ["switch"], proof: switchProof }

/** A new login and its way back may take 20 s each, and the switch before it 9 s. */
const rotation: StageRow = {
  deadlineMs: 60_000,
  changes: true,
  exits: ["rotate"],
  proof: {
    en: "The standby feed streams with the new secret, and the front has answered for every contract",
    zh: "备用路以新密码登录并恢复行情，前置已就每个合约应答"
  }
}

/** Deadlines of NATS, monitoring, tickd, console and subscription are those that operators know from their scripts. */
export const stageTable = {
  validate: {
    deadlineMs: 5_000,
    changes: false,
    exits: ["configuration"],
    proof: { en: "Every variable of the profile is valid", zh: "该 profile 的所有变量均有效" }
  },
  preflight: {
    deadlineMs: 10_000,
    changes: false,
    exits: ["preflight"],
    proof: {
      en: "Ports, disk, clock, shared memory, vendor library and calendar are usable",
      zh: "端口、磁盘、时钟、共享内存、厂商库与日历均可用"
    }
  },
  nats: {
    deadlineMs: 20_000,
    changes: true,
    exits: ["configuration"],
    proof: { en: "JetStream answers and its streams are as declared", zh: "JetStream 有应答，且各流与声明一致" }
  },
  tickd: {
    deadlineMs: 45_000,
    changes: true,
    exits: ["tickd", "ingest"],
    proof: { en: "The daemon answers `/readyz` with 200", zh: "守护进程的 `/readyz` 返回 200" }
  },
  subscription: {
    deadlineMs: 60_000,
    changes: false,
    exits: ["subscription", "ingest"],
    proof: {
      en: "Ticks are stored and coverage is at least 99.5 %; in a closed market all subscriptions are acknowledged",
      zh: "行情已写入流且覆盖率不低于 99.5 %；休市时所有订阅均已得到应答"
    }
  },
  monitoring: {
    deadlineMs: 30_000,
    changes: true,
    exits: ["monitoring"],
    proof: {
      en: "Prometheus and Pushgateway are ready and the target is UP",
      zh: "Prometheus 与 Pushgateway 就绪，采集目标为 UP"
    }
  },
  console: {
    deadlineMs: 30_000,
    changes: true,
    exits: ["console"],
    proof: { en: "The console serves its page and its status", zh: "控制台页面与状态接口可用" }
  },
  handOver: {
    deadlineMs: 45_000,
    changes: true,
    exits: ["tickd", "ingest"],
    proof: {
      en: "The new daemon is ready, an old one that ran has drained, and the gap record of the restart is stored",
      zh: "新守护进程就绪，原在运行的进程已排空，重启的缺口记录已写入"
    }
  },
  startSnapshot: {
    deadlineMs: 45_000,
    changes: true,
    exits: ["tickd", "ingest"],
    proof: {
      en: "The old daemon has ended, and the one of the snapshot answers `/readyz` with 200",
      zh: "旧守护进程已退出，快照的守护进程 `/readyz` 返回 200"
    }
  },
  switchFeed: {
    deadlineMs: 10_000,
    changes: true,
    exits: ["switch"],
    proof: switchProof
  },
  stopConsole: {
    deadlineMs: 15_000,
    changes: true,
    exits: ["stop"],
    proof: { en: "Its process is gone", zh: "进程已退出" }
  },
  stopMonitoring: {
    deadlineMs: 15_000,
    changes: true,
    exits: ["stop"],
    proof: { en: "Its processes are gone", zh: "进程已退出" }
  },
  stopTickd: {
    deadlineMs: 60_000,
    changes: true,
    exits: ["stop"],
    proof: {
      en: "No daemon runs; one that ran has unsubscribed, drained and ended with 0",
      zh: "没有守护进程在运行；原在运行的已退订、排空，并以 0 退出"
    }
  },
  stopNats: {
    deadlineMs: 20_000,
    changes: true,
    exits: ["stop"],
    proof: { en: "Its process is gone and its store is closed", zh: "进程已退出，存储已关闭" }
  },
  observe: {
    deadlineMs: 10_000,
    changes: false,
    exits: ["tickd"],
    proof: { en: "The daemon answers its status", zh: "守护进程返回状态" }
  },
  checkAll: {
    deadlineMs: 60_000,
    changes: false,
    exits: ["subscription", "ingest", "tickd", "monitoring"],
    proof: { en: "Every check of the start holds", zh: "启动时的各项检查全部通过" }
  },
  drillAllowed: {
    deadlineMs: 10_000,
    changes: false,
    exits: ["drillRefused"],
    proof: {
      en: "The section is open for five minutes and for five more, and the backup feed is healthy",
      zh: "距本小节开始与结束均超过五分钟，且备源健康"
    }
  },
  drillHealthStart: drillCheck("drillHealthStart", healthProof),
  drillConsumersStart: drillCheck("drillConsumersStart", consumersProof),
  drillFailover: drillSwitch,
  drillConsumersBackup: drillCheck("drillConsumersBackup", consumersProof),
  drillHealthBackup: drillCheck("drillHealthBackup", healthProof),
  drillFailback: drillSwitch,
  drillConsumersPrimary: drillCheck("drillConsumersPrimary", consumersProof),
  drillHealthPrimary: drillCheck("drillHealthPrimary", healthProof),
  rotateBackup: rotation,
  rotateSwitch: { deadlineMs: 10_000, changes: true, exits: ["switch"], proof: switchProof },
  rotatePrimary: rotation,
  rotateReturn: {
    deadlineMs: 10_000,
    changes: true,
    exits: ["switch"],
    proof: {
      en: "The feed that was active before is the active one, by its first valid tick",
      zh: "原当前源已凭首条有效行情恢复为当前源"
    }
  }
} as const satisfies Readonly<Record<string, StageRow>>
