import { command, query } from "../control/command-spec.ts"
import { EmptyRequest } from "../control/state.ts"
import { closingLimit } from "./rate-limits.ts"
import { closers, roles, routed } from "./route.ts"
import {
  ArmRequest,
  BreakerReply,
  BreakerResetRequest,
  BreakerStatusReply,
  BreakerTripReply,
  BreakerTripRequest,
  DisarmRequest,
  FlattenReply,
  FlattenRequest,
  FlattenTextReply,
  HistoryRequest,
  InitialiseReply,
  InitialiseRequest,
  KillSwitchDisengageRequest,
  KillSwitchEngageReply,
  KillSwitchEngageRequest,
  KillSwitchMessage,
  KillSwitchReply,
  ModeChangeReply,
  ModeReply,
  SafetyHistoryReply
} from "./safety-control.ts"

const stateCodes = ["STATE_UNREACHABLE", "STATE_MISSING", "STATE_UNREADABLE", "STATE_CONFLICT"] as const
/** What opens needs a name, a reason of some length, and a row in the journal. */
const openingCodes = ["OPERATOR_MISSING", "REASON_TOO_SHORT", "NOT_JOURNALED"] as const
const reason = "the venue sends quotes of yesterday"

/** Kill switch, circuit breakers, flatten and the mode: what stops trading, and what starts it again. */
export const safetyCommands = {
  "kill-switch-status": routed(
    roles,
    "GET /api/v1/kill-switch/status",
    query({
      name: "kill-switch-status",
      request: EmptyRequest,
      reply: KillSwitchMessage,
      codes: [],
      whileStopping: true,
      description: "Show the kill switch; UNKNOWN means that the gate is closed.",
      descriptionZh: "查询总开关；UNKNOWN 表示闸门关闭。",
      example: {}
    })
  ),
  "kill-switch-history": routed(
    roles,
    "GET /api/v1/kill-switch/history",
    query({
      name: "kill-switch-history",
      request: HistoryRequest,
      reply: SafetyHistoryReply,
      codes: ["STORE_UNAVAILABLE"],
      description: "List who engaged and disengaged the kill switch, newest first.",
      descriptionZh: "列出总开关的操作记录，最新的在前。",
      example: { limit: 20 }
    })
  ),
  "kill-switch-engage": routed(
    closers,
    "POST /api/v1/kill-switch/engage",
    command({
      name: "kill-switch-engage",
      request: KillSwitchEngageRequest,
      reply: KillSwitchEngageReply,
      emergency: true,
      limit: closingLimit,
      codes: ["ALREADY_ENGAGED", ...stateCodes],
      description: "Stop trading on every host and cancel working orders.",
      descriptionZh: "在所有主机上停止交易，并撤销活动委托。",
      example: { reason, operator: "wang", scope: "entries" }
    })
  ),
  "kill-switch-disengage": routed(
    ["risk"],
    "POST /api/v1/kill-switch/disengage",
    command({
      name: "kill-switch-disengage",
      request: KillSwitchDisengageRequest,
      reply: KillSwitchReply,
      codes: ["NOT_ENGAGED", ...openingCodes, ...stateCodes],
      description: "Allow trading again after an engagement.",
      descriptionZh: "解除总开关，恢复交易。",
      example: { operator: "wang", notes: "quotes are current again, checked by hand" }
    })
  ),
  "circuit-breaker-status": routed(
    roles,
    "GET /api/v1/circuit-breaker/status",
    query({
      name: "circuit-breaker-status",
      request: EmptyRequest,
      reply: BreakerStatusReply,
      codes: [],
      whileStopping: true,
      description: "Show every circuit breaker, whether its cause holds, and what the monitor saw last.",
      descriptionZh: "查询各级熔断器、触发原因是否仍在，以及监控最近一次所见。",
      example: {}
    })
  ),
  "circuit-breaker-history": routed(
    roles,
    "GET /api/v1/circuit-breaker/history",
    query({
      name: "circuit-breaker-history",
      request: HistoryRequest,
      reply: SafetyHistoryReply,
      codes: ["STORE_UNAVAILABLE"],
      description: "List the trips and resets of all breakers, newest first.",
      descriptionZh: "列出各熔断器的触发与复位记录，最新的在前。",
      example: { limit: 20 }
    })
  ),
  "circuit-breaker-trip": routed(
    closers,
    "POST /api/v1/circuit-breaker/trip",
    command({
      name: "circuit-breaker-trip",
      request: BreakerTripRequest,
      reply: BreakerTripReply,
      emergency: true,
      limit: closingLimit,
      codes: ["MALFORMED_REQUEST", ...stateCodes],
      description:
        "Trip the breaker of the account, of a strategy or of a symbol: exits only, working entries are cancelled.",
      descriptionZh: "触发账户、策略或证券的熔断器：只允许平仓，并撤销开仓委托。",
      example: { reason, operator: "wang", strategy_id: "alpha_baseline" }
    })
  ),
  "circuit-breaker-reset": routed(
    ["risk"],
    "POST /api/v1/circuit-breaker/reset",
    command({
      name: "circuit-breaker-reset",
      request: BreakerResetRequest,
      reply: BreakerReply,
      codes: ["MALFORMED_REQUEST", "NOT_TRIPPED", "CAUSE_HOLDS", ...openingCodes, ...stateCodes],
      description: "End a trip: exits only for 300 s, then trading.",
      descriptionZh: "复位熔断器：先有 300 秒只允许平仓，之后恢复交易。",
      example: { reason: "quotes are current again, checked by hand", operator: "wang", acknowledged: true }
    })
  ),
  initialise: routed(
    ["ops"],
    "POST /api/v1/safety/initialise",
    command({
      name: "initialise",
      request: InitialiseRequest,
      reply: InitialiseReply,
      codes: ["ALREADY_INITIALISED", ...openingCodes, ...stateCodes],
      description: "Create the records of the kill switch and the account's breaker where they are missing.",
      descriptionZh: "在缺失时创建总开关与账户熔断器的记录。",
      example: { reason: "first start of this account on this server", operator: "wang" }
    })
  ),
  "flatten-text": routed(
    roles,
    "GET /api/v1/flatten",
    query({
      name: "flatten-text",
      request: EmptyRequest,
      reply: FlattenTextReply,
      codes: ["UNAVAILABLE"],
      description: "Give the text that confirms a flatten of the positions of this moment.",
      descriptionZh: "给出确认清仓所需的文字，针对当前持仓。",
      example: {}
    })
  ),
  flatten: routed(
    ["risk"],
    "POST /api/v1/flatten",
    command({
      name: "flatten",
      request: FlattenRequest,
      reply: FlattenReply,
      codes: ["ENTRIES_OPEN", "NOT_CONFIRMED", "UNAVAILABLE", ...openingCodes],
      description:
        "Cancel every order and close every position; only while the kill switch is engaged or the breaker tripped.",
      descriptionZh: "撤销全部委托并平掉全部持仓；仅在总开关按下或熔断期间可用。",
      example: { reason: "the strategy lost its data for the day", operator: "wang", confirmation: "flatten 3 symbols" }
    })
  ),
  mode: routed(
    roles,
    "GET /api/v1/mode",
    query({
      name: "mode",
      request: EmptyRequest,
      reply: ModeReply,
      codes: [],
      whileStopping: true,
      description: "Show whether orders leave: dry or live, armed or not.",
      descriptionZh: "查询委托是否真正发出：模拟或实盘，是否已启用。",
      example: {}
    })
  ),
  arm: routed(
    ["ops"],
    "POST /api/v1/mode/arm",
    command({
      name: "arm",
      request: ArmRequest,
      reply: ModeChangeReply,
      codes: ["NOT_LIVE", "WRONG_DAY", ...openingCodes],
      description: "Let live orders leave for the rest of this trading day.",
      descriptionZh: "启用实盘：本交易日内允许委托发出。",
      example: { reason: "checks of the morning are done, see the log", operator: "wang", day: "2026-11-30" }
    })
  ),
  disarm: routed(
    closers,
    "POST /api/v1/mode/disarm",
    command({
      name: "disarm",
      request: DisarmRequest,
      reply: ModeChangeReply,
      emergency: true,
      limit: closingLimit,
      codes: ["NOT_ARMED", "NOT_JOURNALED"],
      description: "Stop live orders from leaving; working orders stay as they are.",
      descriptionZh: "停用实盘：不再发出委托；已有的活动委托不变。",
      example: { reason, operator: "wang" }
    })
  )
}
