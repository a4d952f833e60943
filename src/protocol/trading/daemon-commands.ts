import { command, query } from "../control/command-spec.ts"
import { commandsQuery } from "../control/commands.ts"
import { ChildRequest, LevelRequest, PlainRequest } from "../control/operations.ts"
import { EmptyRequest, StateReply, StateRequest, TreeReply } from "../control/state.ts"
import { ConfigReply, DoneReply, TradingHealthReply, TradingStatusMessage } from "./daemon-messages.ts"
import { closingLimit } from "./rate-limits.ts"
import { roles, routed } from "./route.ts"

/** The daemon itself: how it stands, its tree, its log, its end. */
export const daemonCommands = {
  status: routed(
    roles,
    "GET /api/v1/status",
    query({
      name: "status",
      request: EmptyRequest,
      reply: TradingStatusMessage,
      codes: [],
      whileStopping: true,
      description: "Report mode, gate, venue, book of orders and whether entries may pass.",
      descriptionZh: "返回运行方式、闸门、交易场所、账本，以及是否允许开仓。",
      example: {}
    })
  ),
  health: routed(
    roles,
    "GET /health",
    query({
      name: "health",
      request: EmptyRequest,
      reply: TradingHealthReply,
      codes: [],
      whileStopping: true,
      description: "Report whether the daemon can trade, with the field names of the reference platform.",
      descriptionZh: "以参考平台的字段返回守护进程能否交易。",
      example: {}
    })
  ),
  config: routed(
    roles,
    "GET /api/v1/config",
    query({
      name: "config",
      request: EmptyRequest,
      reply: ConfigReply,
      codes: [],
      description: "Show how the daemon is set: mode, venue, version. No secret.",
      descriptionZh: "查询守护进程的设置：运行方式、交易场所、版本。不含密钥。",
      example: {}
    })
  ),
  state: routed(
    roles,
    "GET /api/v1/state",
    query({
      name: "state",
      request: StateRequest,
      reply: StateReply,
      codes: ["UNKNOWN_ACTOR"],
      description: "Report the state of one machine, or of all.",
      descriptionZh: "返回一个或全部状态机的状态。",
      example: {}
    })
  ),
  tree: routed(
    roles,
    "GET /api/v1/tree",
    query({
      name: "tree",
      request: EmptyRequest,
      reply: TreeReply,
      codes: [],
      description: "Report the supervision tree: each child, its state and its restarts.",
      descriptionZh: "返回监督树：每个子任务的状态与重启次数。",
      example: {}
    })
  ),
  commands: routed(roles, "GET /api/v1/commands", commandsQuery),
  "log-level": routed(
    ["ops"],
    "PUT /api/v1/log-level",
    command({
      name: "log-level",
      request: LevelRequest,
      reply: DoneReply,
      codes: [],
      emergency: true,
      description: "Set the lowest level that the log writes, until the daemon ends.",
      descriptionZh: "设置日志的最低级别，到守护进程退出为止。",
      example: { level: "DEBUG" }
    })
  ),
  restart: routed(
    ["ops"],
    "POST /api/v1/restart",
    command({
      name: "restart",
      request: ChildRequest,
      reply: DoneReply,
      codes: ["UNKNOWN_CHILD", "NOT_NOW"],
      description: "Stop one child of the supervision tree and start it again.",
      descriptionZh: "停止并重新启动监督树中的一个子任务。",
      example: { child: "venue/trade-updates" }
    })
  ),
  drain: routed(
    ["ops"],
    "POST /api/v1/drain",
    command({
      name: "drain",
      request: PlainRequest,
      reply: DoneReply,
      codes: [],
      emergency: true,
      limit: closingLimit,
      description: "End the daemon as SIGTERM does: book what is in flight, then exit.",
      descriptionZh: "与 SIGTERM 相同：记完在途事项后退出。",
      example: { reason: "release 1.2" }
    })
  )
}
