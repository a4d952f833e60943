import { command, query } from "../control/command-spec.ts"
import { commandsQuery } from "../control/commands.ts"
import { listBytesMax } from "../control/control.ts"
import { InjectReply, InjectRequest } from "../control/inject.ts"
import { ChildRequest, LevelRequest, PlainRequest } from "../control/operations.ts"
import { EmptyRequest, StateReply, StateRequest, stateSubject, TreeReply } from "../control/state.ts"
import { FailoverReply, FailoverRequest } from "./failover.ts"
import { StatusMessage } from "./status.ts"
import {
  ActiveReply,
  ActiveRequest,
  CommandReply,
  ContractsReply,
  ContractsRequest,
  FeedRequest,
  HealthReply,
  LoginReloadReply,
  LoginReloadRequest,
  legacySubjects,
  SymbolsReply,
  SymbolsRequest
} from "./subscriptions.ts"

/** Keys that clients of the reference service read in every answer about symbols. */
const noSymbols = { accepted: [], rejected: [] }
const switchCodes = [
  "NO_SECOND_FEED",
  "NOT_NOW",
  "ALREADY_ACTIVE",
  "FEED_NOT_HEALTHY",
  "SWITCH_HELD",
  "SWITCH_BUSY"
] as const
const endCodes = ["SWITCH_ROLLED_BACK", "SWITCH_CANCELLED", "STOPPING"] as const

/**
 * The command table of `tickd run`, without handlers: all requests to a market-data daemon over NATS. Handlers are in
 * `src/market/layers/control/`; a missing one does not compile.
 */
export const marketCommands = {
  status: query({
    name: "status",
    request: EmptyRequest,
    reply: StatusMessage,
    codes: [],
    whileStopping: true,
    description: "Report ledger, queue, NATS link, sessions, machines and supervision tree.",
    descriptionZh: "返回账本、队列、NATS 连接、会话、状态机与监督树。",
    example: {}
  }),
  state: query({
    name: "state",
    request: StateRequest,
    reply: StateReply,
    codes: ["UNKNOWN_ACTOR"],
    description: "Report the state of one machine, or of all.",
    descriptionZh: "返回一个或全部状态机的状态。",
    example: { actor: "session-primary" },
    shared: { endpoint: "state-get", subject: stateSubject }
  }),
  tree: query({
    name: "tree",
    request: EmptyRequest,
    reply: TreeReply,
    codes: [],
    description: "Report the supervision tree: each child, its state and its restarts.",
    descriptionZh: "返回监督树：每个子任务的状态与重启次数。",
    example: {}
  }),
  subscriptions: query({
    name: "subscriptions",
    request: ActiveRequest,
    reply: ActiveReply,
    codes: ["MALFORMED_REQUEST", "UNKNOWN_FEED", "UNKNOWN_CURSOR"],
    description: "List the wanted instruments and what the fronts answered, a page at a time.",
    descriptionZh: "分页列出要订阅的合约及前置的应答。",
    example: { limit: 100, feed: "primary", state: "rejected" },
    shared: {
      endpoint: "subscriptions-active",
      subject: legacySubjects.active,
      onRefusal: { subscriptions: [], total: 0, source: "error" }
    }
  }),
  contracts: query({
    name: "contracts",
    request: ContractsRequest,
    reply: ContractsReply,
    codes: ["MALFORMED_REQUEST"],
    description: "List the contracts of the catalogue that have not expired.",
    descriptionZh: "列出合约目录中未到期的合约。",
    example: { exchange: "SHFE", limit: 100 },
    shared: {
      endpoint: "contracts-list",
      subject: legacySubjects.contracts,
      onRefusal: { symbols: [], source: "error" }
    }
  }),
  "health-check": query({
    name: "health-check",
    request: EmptyRequest,
    reply: HealthReply,
    codes: [],
    whileStopping: true,
    description: "Report whether ticks are received and stored, with the field names of the reference service.",
    descriptionZh: "以旧服务的格式返回行情是否正常接收并写入。",
    example: {},
    shared: { endpoint: "health-check", subject: legacySubjects.health },
    sharedOnly: true
  }),
  commands: commandsQuery,
  subscribe: command({
    name: "subscribe",
    request: SymbolsRequest,
    reply: SymbolsReply,
    codes: ["NOTHING_ASKED", "TOO_MANY_SYMBOLS", "UNKNOWN_FEED"],
    bytesMax: listBytesMax,
    description: "Add instruments to the wanted set.",
    descriptionZh: "将合约加入订阅集合。",
    example: { symbols: ["rb2701.SHFE", "ag2702"], wait_ms: 5000, reason: "night session" },
    shared: { endpoint: "subscribe-bulk", subject: legacySubjects.subscribe, onRefusal: noSymbols }
  }),
  unsubscribe: command({
    name: "unsubscribe",
    request: SymbolsRequest,
    reply: SymbolsReply,
    codes: ["NOTHING_ASKED", "TOO_MANY_SYMBOLS", "UNKNOWN_FEED"],
    bytesMax: listBytesMax,
    description: "Remove instruments from the wanted set.",
    descriptionZh: "将合约移出订阅集合。",
    example: { symbols: ["rb2701.SHFE"] },
    shared: { endpoint: "unsubscribe-bulk", subject: legacySubjects.unsubscribe, onRefusal: noSymbols }
  }),
  resubscribe: command({
    name: "resubscribe",
    request: SymbolsRequest,
    reply: SymbolsReply,
    codes: ["NOTHING_ASKED", "TOO_MANY_SYMBOLS", "UNKNOWN_FEED"],
    bytesMax: listBytesMax,
    description: "Ask the fronts once more for wanted instruments.",
    descriptionZh: "就已在订阅集合中的合约再次向前置请求。",
    example: { symbols: ["rb2701"], feed: "primary", wait_ms: 5000 }
  }),
  failover: command({
    name: "failover",
    request: FailoverRequest,
    reply: FailoverReply,
    codes: [...switchCodes, ...endCodes],
    emergency: true,
    description: "Make the backup feed the active one.",
    descriptionZh: "将备源切换为当前源。",
    example: { wait_ms: 10_000, reason: "broker maintenance" }
  }),
  failback: command({
    name: "failback",
    request: FailoverRequest,
    reply: FailoverReply,
    codes: [...switchCodes, ...endCodes],
    emergency: true,
    description: "Make the primary feed the active one again.",
    descriptionZh: "将主源重新切换为当前源。",
    example: { wait_ms: 10_000, force: true }
  }),
  "failover-hold": command({
    name: "failover-hold",
    request: PlainRequest,
    reply: CommandReply,
    codes: ["NO_SECOND_FEED", "NOT_NOW"],
    description: "Forbid automatic switches until the hold is released.",
    descriptionZh: "冻结自动切换，直到解除。",
    example: { reason: "backup under repair" }
  }),
  "failover-release": command({
    name: "failover-release",
    request: PlainRequest,
    reply: CommandReply,
    codes: ["NO_SECOND_FEED", "NOT_NOW"],
    description: "Allow automatic switches again.",
    descriptionZh: "解除冻结，恢复自动切换。",
    example: {}
  }),
  retry: command({
    name: "retry",
    request: FeedRequest,
    reply: CommandReply,
    codes: ["UNKNOWN_FEED", "NOT_NOW"],
    emergency: true,
    description: "Make the session of a feed that waits, is rejected or has failed try again now.",
    descriptionZh: "让处于等待、被拒或失败状态的会话立即重试。",
    example: { feed: "primary", reason: "new password" }
  }),
  "login-reload": command({
    name: "login-reload",
    request: LoginReloadRequest,
    reply: LoginReloadReply,
    codes: [
      "UNKNOWN_FEED",
      "FEED_IS_ACTIVE",
      "SECRET_NOT_FILE",
      "SECRET_UNREADABLE",
      "NOT_NOW",
      "LOGIN_ROLLED_BACK",
      "LOGIN_LOST"
    ],
    description:
      "Log the standby feed in with the secret that its file holds now; with the former one when that fails.",
    descriptionZh: "用密码文件的当前内容重新登录备用路；失败则恢复原密码并重新登录。",
    example: { feed: "backup", wait_ms: 20_000, reason: "new password" }
  }),
  "contracts-refresh": command({
    name: "contracts-refresh",
    request: PlainRequest,
    reply: CommandReply,
    codes: ["NOT_NOW"],
    description: "Query the sources of the catalogue now.",
    descriptionZh: "立即向合约来源查询一次。",
    example: {}
  }),
  "log-level": command({
    name: "log-level",
    request: LevelRequest,
    reply: CommandReply,
    codes: [],
    emergency: true,
    description: "Set the lowest level that the log writes, until the daemon ends.",
    descriptionZh: "设置日志的最低级别，到守护进程退出为止。",
    example: { level: "DEBUG" }
  }),
  restart: command({
    name: "restart",
    request: ChildRequest,
    reply: CommandReply,
    codes: ["UNKNOWN_CHILD", "NOT_NOW"],
    description: "Stop one child of the supervision tree and start it again.",
    descriptionZh: "停止并重新启动监督树中的一个子任务。",
    example: { child: "front-primary/session" }
  }),
  drain: command({
    name: "drain",
    request: PlainRequest,
    reply: CommandReply,
    codes: [],
    emergency: true,
    description: "End the daemon as SIGTERM does: store what is in flight, then exit.",
    descriptionZh: "与 SIGTERM 相同：写完在途行情后退出。",
    example: { reason: "release 1.2" }
  }),
  inject: command({
    name: "inject",
    request: InjectRequest,
    reply: InjectReply,
    codes: ["DRILLS_DISABLED", "UNKNOWN_FAULT", "UNKNOWN_FEED", "DRILL_NOT_POSSIBLE"],
    permission: "drill",
    description: "Inject a fault into one feed as a drill. Refused unless DRILLS_ENABLED is set.",
    descriptionZh: "对一路行情源注入故障（演练）。未设 DRILLS_ENABLED 时拒绝。",
    example: { fault: "disconnect", feed: "primary", reason: "drill of the month" }
  })
}
