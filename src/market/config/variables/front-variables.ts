// Variables of the fronts: logins, sessions, failover.
import { type VariableText, variableSection } from "../../../platform/process/variable.ts"

const started = ["dev", "live"] as const

const primary = {
  CTP_PRIMARY_MD_ADDRESS: {
    en: "Addresses of the front, tcp://HOST:PORT with commas between; ssl:// needs a library that has it.",
    zh: "行情前置地址 tcp://主机:端口，多个用逗号分隔；ssl:// 需要厂商库支持。",
    example: "tcp://front.example:41213",
    requiredBy: started,
    aliases: ["CTP_MD_ADDRESS"],
    isSetInExample: true
  },
  CTP_PRIMARY_BROKER_ID: {
    en: "Id of the broker, at most 10 bytes.",
    zh: "经纪公司代码，最多 10 字节。",
    example: "9999",
    requiredBy: started,
    aliases: ["CTP_BROKER_ID"],
    isSetInExample: true
  },
  CTP_PRIMARY_USER_ID: {
    en: "Id of the account, at most 15 bytes.",
    zh: "账号，最多 15 字节。",
    example: "123456",
    secret: "account",
    requiredBy: started,
    aliases: ["CTP_USER_ID"],
    isSetInExample: true
  },
  CTP_PRIMARY_PASSWORD_FILE: {
    en: "File that holds the password; with docker compose a path on this host, else a path that the daemon can read.",
    zh: "存放密码的文件；用 docker compose 时为本机路径，否则为守护进程可读的路径。",
    example: "./ctp/password",
    credential: "CTP_PRIMARY_PASSWORD",
    aliases: ["CTP_PASSWORD_FILE"],
    isSetInExample: true
  },
  CTP_PRIMARY_PASSWORD: {
    en: "The password, at most 40 bytes; prefer a file, because a variable is visible in the environment of the process.",
    zh: "密码，最多 40 字节；建议改用文件，因为变量在进程环境中可见。",
    secret: "value",
    requiredBy: started,
    aliases: ["CTP_PASSWORD"]
  }
} as const satisfies Record<string, VariableText>

export const loginSection = variableSection({
  title: { en: "Login of the primary feed", zh: "主源的登录" },
  page: "operations/real-front.md",
  isInExample: true,
  variables: primary
})

export const backupSection = variableSection({
  title: { en: "Login of the backup feed: all of it, or nothing", zh: "备源的登录：全写，或全不写" },
  page: "operations/failover.md",
  isInExample: true,
  variables: {
    CTP_BACKUP_MD_ADDRESS: {
      en: "Addresses of the second front.",
      zh: "第二个前置的地址。",
      example: "tcp://second.example:41213"
    },
    CTP_BACKUP_BROKER_ID: { en: "Id of the second broker.", zh: "第二家经纪公司代码。", example: "8888" },
    CTP_BACKUP_USER_ID: {
      en: "Id of the second account.",
      zh: "第二个账号。",
      example: "654321",
      secret: "account"
    },
    CTP_BACKUP_PASSWORD_FILE: {
      en: "File with the second password; in the container CTP_FOLDER is /opt/ctp.",
      zh: "存放第二个密码的文件；容器内 CTP_FOLDER 为 /opt/ctp。",
      example: "/opt/ctp/password-backup",
      credential: "CTP_BACKUP_PASSWORD"
    },
    CTP_BACKUP_PASSWORD: { en: "The second password.", zh: "第二个密码。", secret: "value" }
  }
})

export const sessionSection = variableSection({
  title: { en: "Sessions", zh: "会话" },
  page: "operations/real-front.md",
  isInExample: true,
  variables: {
    CTP_MD_LIBRARY: {
      en: "The vendor's thostmduserapi_se.so; docker compose sets it.",
      zh: "厂商库 thostmduserapi_se.so；docker compose 会设置。",
      example: "/opt/ctp/thostmduserapi_se.so",
      requiredBy: started
    },
    CTP_FLOW_DIR: {
      en: "Folder of the library's flow files, at most 200 bytes.",
      zh: "厂商库流文件的目录，最多 200 字节。",
      derived: { en: "TICKD_STATE_DIR/flow", zh: "TICKD_STATE_DIR/flow" },
      example: ".state/flow"
    },
    CTP_PRODUCTION_MODE: {
      en: "0: a test front with a library of version 6.7.11 or later.",
      zh: "0：6.7.11 及以后版本的库连接测试前置。",
      preset: "1"
    },
    CTP_MAX_RETRIES: {
      en: "Failed connection attempts after which a session gives up until the next trading session; 0: never.",
      zh: "连接失败多少次后放弃，直到下一个交易时段；0 为从不放弃。",
      preset: "120",
      unit: "attempts"
    },
    CTP_SILENCE_MS: {
      en: "Time without a tick in trading hours that is a fault; 0: never.",
      zh: "交易时间内多久没有行情视为故障；0 为从不。",
      preset: "30000",
      unit: "ms"
    },
    CTP_COVERAGE_MIN_PERCENT: {
      en: "Share of the wanted instruments that the front must acknowledge.",
      zh: "必须得到前置确认的合约比例。",
      preset: "100",
      unit: "%"
    },
    CTP_CONNECT_TIMEOUT_MS: {
      en: "Time limit of one connection attempt.",
      zh: "一次连接尝试的时限。",
      preset: "30000",
      unit: "ms"
    },
    CTP_LOGIN_TIMEOUT_MS: {
      en: "Time limit of one answer to a login.",
      zh: "等待登录应答的时限。",
      preset: "10000",
      unit: "ms"
    },
    RATE_LIMIT_LOGIN_PER_MINUTE: {
      en: "Logins of a session within any minute.",
      zh: "任一分钟内一个会话的登录次数上限。",
      preset: "10",
      unit: "logins"
    },
    TICKD_MARKET_HOURS: {
      en: "calendar: sessions rest outside trading hours; always: a simulated market.",
      zh: "calendar：非交易时间会话休息；always：模拟市场。",
      preset: "calendar"
    },
    TICKD_CALENDAR: {
      en: "JSON file that adds years to the trading calendar or replaces them.",
      zh: "补充或替换交易日历年份的 JSON 文件。",
      derived: { en: "the shipped calendar alone", zh: "仅用自带日历" }
    }
  }
})

export const failoverSection = variableSection({
  title: { en: "Failover of two feeds", zh: "两路行情源的故障切换" },
  page: "operations/failover.md",
  isInExample: true,
  variables: {
    CTP_ROUTE_SELECTOR: {
      en: "Preferred feed: primary, backup, or auto, which is primary.",
      zh: "平时用哪一路：primary、backup 或 auto（即 primary）。",
      preset: "auto",
      aliases: ["ACTIVE_FEED", "SESSION_CONFIG"]
    },
    MD_FAILOVER_MODE: {
      en: "hot: both feeds are logged in; cold: one session at a time.",
      zh: "hot：两路同时登录；cold：同一时刻只有一路。",
      preset: "hot"
    },
    MD_FAILOVER_THRESHOLD_SECONDS: {
      en: "Silence of the active feed that causes a switch; cold: also the time for which its session may be lost.",
      zh: "当前源静默多久触发切换；cold 时也是会话可断开的时间。",
      preset: "3",
      derived: { en: "cold: 30", zh: "cold：30" },
      unit: "s"
    },
    MD_FAILOVER_COMMIT_MS: {
      en: "Time that a switch waits for the first valid tick before it is rolled back.",
      zh: "切换等待第一笔有效行情的时限，超时回滚。",
      preset: "5000",
      derived: { en: "cold: 30000", zh: "cold：30000" },
      unit: "ms"
    },
    MD_FAILOVER_HOLD: {
      en: "1: start with a hold, no automatic switch until tickd failover-release.",
      zh: "1：启动即保持，执行 tickd failover-release 前不自动切换。",
      preset: "0"
    },
    MD_FAILBACK_AFTER_SECONDS: {
      en: "Time that the primary feed must be healthy before an automatic failback; 0: none.",
      zh: "主源持续健康多久后自动切回；0 为不切回。",
      preset: "300",
      unit: "s"
    },
    MD_FAILBACK_MAX_SECONDS: {
      en: "Limit of that time, which doubles with each failback that did not last.",
      zh: "该时间的上限；每次切回不稳即加倍。",
      preset: "3600",
      unit: "s"
    }
  }
})
