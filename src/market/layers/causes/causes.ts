import { SupervisorGaveUp } from "../../../../actors/runtime/supervisor-error.ts"

/** The parts of the daemon that a cause can hold up. `works` is said of a part once in a life. */
export const parts = {
  telemetry: { blocks: false },
  // Fails as `telemetry` does, with the same codes.
  "subscription metrics": { blocks: false },
  "nats-server": { blocks: true },
  "tick stream": { blocks: true },
  "side stream": { blocks: false },
  "control plane": { blocks: false },
  "feed worker": { blocks: true },
  spool: { blocks: true },
  ring: { blocks: true },
  contracts: { blocks: true },
  "state folder": { blocks: true },
  calendar: { blocks: true },
  "contract file": { blocks: true },
  configuration: { blocks: true }
} as const
export type Part = keyof typeof parts

/**
 * One cause that can hold up `tickd run`. `start`: what follows before the part has worked once in this life, the exit
 * code or `waits`; afterwards every cause is retried with backoff and ends nothing. `what` and `zh`: the cause, for the
 * page.
 */
export interface Cause {
  readonly code: string
  readonly part: Part
  readonly start: "waits" | 65 | 69 | 78
  readonly what: string
  readonly zh: string
}

const row = (part: Part, start: Cause["start"], code: string, what: string, zh: string): Cause => ({
  code,
  part,
  start,
  what,
  zh
})

/**
 * Every cause with a code, and the rule: a cause ends the daemon only where a person must change the configuration of
 * this very process or decide between two daemons, and only before the part has worked once. The rest is waited for.
 * docs/reference/causes.md is made from this table; tests/unit/market/layers/causes/causes.test.ts raises each row in
 * both moments.
 */
export const causes: ReadonlyArray<Cause> = [
  row("configuration", 78, "CONFIG_INVALID", "a variable has a value that does not parse", "变量的值无法解析"),
  row("configuration", 78, "CONFIG_INCOMPLETE", "a required variable is missing", "缺少必需的变量"),
  row("configuration", 78, "SUBJECT_INVALID", "the subject template does not parse", "主题模板无法解析"),
  row("configuration", 78, "NOTHING_TO_SUBSCRIBE", "no instrument is configured", "没有配置任何合约"),
  row("contract file", "waits", "CATALOGUE_MISSING", "a contract file does not exist", "合约文件不存在"),
  row("contract file", "waits", "CATALOGUE_UNREADABLE", "a contract file cannot be read", "合约文件无法读取"),
  row("contract file", 65, "CATALOGUE_NOT_JSON", "a contract file does not parse", "合约文件无法解析"),
  row("contract file", 65, "CATALOGUE_UNKNOWN_SHAPE", "a contract file has another shape", "合约文件格式不符"),
  row("contract file", 65, "CATALOGUE_EMPTY", "a contract file has no contract", "合约文件中没有合约"),
  row("calendar", "waits", "CALENDAR_MISSING", "the calendar file does not exist", "日历文件不存在"),
  row("calendar", "waits", "CALENDAR_UNREADABLE", "the calendar file cannot be read", "日历文件无法读取"),
  row("calendar", 78, "CALENDAR_NOT_JSON", "the calendar file does not parse", "日历文件无法解析"),
  row(
    "calendar",
    78,
    "CALENDAR_INVALID",
    "the calendar file has another shape or impossible days",
    "日历文件格式或日期有误"
  ),
  row("telemetry", "waits", "HTTP_PORT_IN_USE", "another program holds the metrics port", "指标端口被其他程序占用"),
  row("telemetry", "waits", "HTTP_NOT_LISTENING", "the metrics address is not up yet", "指标地址尚未就绪"),
  row("nats-server", "waits", "NATS_SERVER_NOT_FOUND", "there is no nats-server yet", "找不到 nats-server"),
  row(
    "nats-server",
    "waits",
    "NATS_SERVER_UNUSABLE",
    "the file of NATS_SERVER is missing or too old",
    "NATS_SERVER 指向的文件不存在或版本太旧"
  ),
  row(
    "nats-server",
    "waits",
    "NATS_PORT_IN_USE",
    "another program holds the server's port",
    "服务器端口被其他程序占用"
  ),
  row(
    "nats-server",
    "waits",
    "NATS_STORE_IN_USE",
    "another daemon's server uses the store",
    "存储被另一个守护进程的服务器使用"
  ),
  row(
    "nats-server",
    "waits",
    "NATS_START_FAILED",
    "the server ends at its start, for example with a full disk",
    "服务器启动即退出，例如磁盘已满"
  ),
  row("nats-server", "waits", "NATS_START_TIMEOUT", "the server starts and makes no progress", "服务器启动后没有进展"),
  row("nats-server", "waits", "NATS_SERVER_EXITED", "the server died", "服务器意外退出"),
  row("nats-server", "waits", "NATS_SERVER_SILENT", "the server runs and does not answer", "服务器存活但无应答"),
  row("tick stream", "waits", "NATS_UNREACHABLE", "no server answers at the URL", "地址没有服务器应答"),
  row("tick stream", "waits", "NATS_AUTH_REJECTED", "the server refuses the credentials", "服务器拒绝凭据"),
  row("tick stream", "waits", "NATS_TLS_REJECTED", "the server's certificate is not trusted", "服务器证书不受信任"),
  row("tick stream", "waits", "NATS_OPTIONS_INVALID", "a key or certificate file is missing", "密钥或证书文件不存在"),
  row("tick stream", "waits", "JETSTREAM_DISABLED", "the server runs without JetStream", "服务器未启用 JetStream"),
  row("tick stream", "waits", "JETSTREAM_API", "a request to JetStream fails", "JetStream 请求失败"),
  row(
    "tick stream",
    "waits",
    "RESOURCES_EXCEEDED",
    "the server's store or account is full",
    "服务器存储或账户配额已满"
  ),
  row("tick stream", "waits", "STREAM_MISMATCH", "the stream differs from the configuration", "流与配置不符"),
  row("tick stream", "waits", "STREAM_SUBJECTS_TAKEN", "another stream has the subjects", "主题已属于其他流"),
  row(
    "tick stream",
    "waits",
    "STREAM_REPLICAS_IMPOSSIBLE",
    "three replicas on a single server",
    "向单台服务器要求三副本"
  ),
  row("tick stream", "waits", "STREAM_SEALED", "the stream is sealed", "流已封存"),
  row("tick stream", "waits", "STREAM_MISSING", "the stream was deleted", "流被删除"),
  row("tick stream", "waits", "STREAM_OFFLINE", "the stream is offline", "流处于离线状态"),
  row("tick stream", "waits", "STREAM_FULL", "the stream is at its limit and refuses", "流达到上限并拒收"),
  row("tick stream", "waits", "STORE_FAILED", "the server cannot write its store", "服务器无法写入存储"),
  row("tick stream", "waits", "CLUSTER_UNAVAILABLE", "the cluster has no leader", "集群没有主节点"),
  row("tick stream", "waits", "PUBLISH_DENIED", "this user may not publish", "该用户无发布权限"),
  row("tick stream", "waits", "MESSAGE_TOO_LARGE", "a limit is below the size of a message", "上限小于消息大小"),
  row("tick stream", "waits", "ACK_TIMEOUT", "the server does not acknowledge", "服务器不确认"),
  row("tick stream", "waits", "LINK_LOST", "the connection was lost", "连接丢失"),
  row(
    "tick stream",
    "waits",
    "EPOCH_UNCONFIRMED",
    "the renewal of the epoch could not be written",
    "写入者存活标记无法写入"
  ),
  row("tick stream", 69, "WRITER_ACTIVE", "a daemon of another name writes the stream", "另一名称的守护进程正在写该流"),
  row("control plane", "waits", "NATS_CLOSED", "the control connection was closed", "控制连接被关闭"),
  row(
    "control plane",
    "waits",
    "JETSTREAM_STEP",
    "the event stream or state bucket refuses a request",
    "事件流或状态桶拒绝"
  ),
  row("feed worker", "waits", "PASSWORD_FILE", "the feed's password file cannot be read", "该路行情的密码文件无法读取"),
  row("feed worker", "waits", "WORKER_MISSING", "the worker cannot be started", "无法启动行情工作进程"),
  row("feed worker", "waits", "WORKER_ARGUMENTS", "the worker does not accept its arguments", "工作进程不接受其参数"),
  row(
    "feed worker",
    "waits",
    "LIBRARY_NOT_LOADED",
    "the vendor library is missing or not a library",
    "厂商库不存在或不是库文件"
  ),
  row("feed worker", 78, "VERSION_NOT_SUPPORTED", "the vendor library has an unknown version", "厂商库版本不受支持"),
  row("feed worker", "waits", "FLOW_FOLDER", "the flow folder is full or in use", "流文件目录已满或被占用"),
  row("feed worker", "waits", "RING", "the worker cannot map its ring", "工作进程无法映射环形缓冲区"),
  row("feed worker", "waits", "WORKER_HUNG", "the worker hangs", "工作进程挂起"),
  row("feed worker", "waits", "WORKER_DIED", "the worker died", "工作进程意外退出"),
  row("spool", "waits", "SPOOL_IN_USE", "another daemon has the spool", "spool 被另一个守护进程占用"),
  row("spool", "waits", "SPOOL_FOLDER", "the spool's disk is full or not mounted", "spool 所在磁盘已满或未挂载"),
  row("spool", 78, "SPOOL_MISMATCH", "the spool holds ticks of another form", "spool 中是另一种格式的行情"),
  row("ring", "waits", "RING_SHM_FULL", "/dev/shm is full", "/dev/shm 已满"),
  row("ring", "waits", "RING_SHM_MISSING", "/dev/shm cannot be used", "/dev/shm 不可用"),
  row("ring", "waits", "RING_MAP_FAILED", "no address space for the ring", "没有可供环形缓冲区映射的地址空间"),
  row(
    "contracts",
    "waits",
    "TRADER_NO_CONNECTION",
    "the trader front is closed or not reachable",
    "交易前置未开放或无法连接"
  ),
  row("contracts", "waits", "TRADER_NO_ANSWER", "the trader front does not answer", "交易前置无应答"),
  row("contracts", "waits", "TRADER_NOT_READY", "the trader front is not ready", "交易前置尚未就绪"),
  row(
    "contracts",
    "waits",
    "TRADER_FLOW_CONTROL",
    "the trader front limits the rate of queries",
    "交易前置限制查询频率"
  ),
  row("contracts", "waits", "TRADER_LINK_LOST", "the trader front closed the connection", "交易前置断开连接"),
  row("contracts", "waits", "TRADER_LIST_CUT", "the contract list stopped before its end", "合约列表没有收完整"),
  row("contracts", "waits", "TRADER_WORKER_DIED", "the contract query died", "合约查询进程意外退出"),
  row("contracts", "waits", "TRADER_WORKER_MISSING", "the contract query cannot be started", "无法启动合约查询进程"),
  row(
    "contracts",
    "waits",
    "TRADER_LIBRARY_NOT_LOADED",
    "the trader library is missing or not a library",
    "交易库不存在或不是库文件"
  ),
  row(
    "contracts",
    "waits",
    "TRADER_FLOW_FOLDER",
    "the query's flow folder is full or in use",
    "合约查询的流文件目录已满或被占用"
  ),
  row(
    "contracts",
    "waits",
    "TRADER_SECRET_FILE",
    "the file of the trader's password or authentication code cannot be read",
    "交易密码或认证码文件无法读取"
  ),
  row(
    "contracts",
    "waits",
    "TRADER_LOGIN_REFUSED",
    "the trader front refuses the login: next attempt on the next trading day or by 'refresh-contracts'",
    "交易前置拒绝登录：下一交易日或执行 refresh-contracts 时再试"
  ),
  row(
    "contracts",
    "waits",
    "CONTRACTS_UNREADABLE",
    "the stored contract lists cannot be read",
    "无法读取已保存的合约列表"
  ),
  row(
    "contracts",
    "waits",
    "CONTRACTS_UNWRITABLE",
    "the contract list cannot be stored, its disk is full",
    "合约列表无法保存，例如磁盘已满"
  ),
  row("state folder", "waits", "STATE_FOLDER", "the state folder is not mounted or read only", "状态目录未挂载或只读"),
  row(
    "state folder",
    78,
    "STATE_FORMAT_NEWER",
    "a later version wrote the state folder in a format that this one does not know",
    "状态目录由更新的版本写入，本版本不认识其格式"
  ),
  row(
    "state folder",
    78,
    "STATE_FORMAT_OLDER",
    "the state folder has a format that this version cannot continue without losing the way back",
    "状态目录的格式较旧，本版本若续写则无法回滚"
  ),
  row(
    "state folder",
    78,
    "STATE_FORMAT_INVALID",
    "the file that declares the format of the state folder is damaged",
    "声明状态目录格式的文件已损坏"
  )
]

const byCode: ReadonlyMap<string, Cause> = new Map(causes.map((cause) => [cause.code, cause]))

const codeOf = (error: unknown): string | undefined => {
  const code = typeof error === "object" && error !== null ? (error as { readonly code?: unknown }).code : undefined
  return typeof code === "string" ? code : undefined
}

/** Decides for one life of the daemon which failure ends it. */
export interface Verdict {
  /** `part` works: no cause of it ends this life any more. */
  readonly worked: (part: Part) => void
  /** This failure ends the daemon now. */
  readonly endsDaemon: (error: unknown) => boolean
  /** The same for a code alone. */
  readonly endsAtStart: (code: string) => boolean
  /** The first failure that ended it: what ends while the tree stops because of it only follows. */
  readonly end: () => unknown
}

/**
 * `waits` false: a person looks at the start of this process, as in the demo, and every cause ends it with its
 * sentence.
 */
export const makeVerdict = (options: { readonly waits: boolean }): Verdict => {
  const worked = new Set<Part>()
  let end: unknown
  const endsAtStart = (code: string): boolean => {
    const cause = byCode.get(code)
    return cause !== undefined && !worked.has(cause.part) && (cause.start !== "waits" || !options.waits)
  }
  return {
    worked: (part) => void worked.add(part),
    endsDaemon: (error) => {
      if (error instanceof SupervisorGaveUp) return error.fatal
      const ends = endsAtStart(codeOf(error) ?? "")
      if (ends) end ??= error
      return ends
    },
    endsAtStart,
    end: () => end
  }
}
