import { command, query } from "../control/command-spec.ts"
import { EmptyRequest } from "../control/state.ts"
import { DoneReply } from "./daemon-messages.ts"
import {
  FatFingerChangeReply,
  FatFingerChangeRequest,
  FatFingerReply,
  LimitsChangeReply,
  LimitsChangeRequest,
  LimitsHistoryReply,
  LimitsReply,
  StoppedStrategiesReply,
  StrategyReleaseRequest
} from "./limit-messages.ts"
import { roles, routed } from "./route.ts"
import { HistoryRequest } from "./safety-control.ts"

/** Bytes of a change with a list or a table of symbols. */
const changeBytesMax = 65_536
const changeCodes = ["OPERATOR_MISSING", "NOTHING_TO_CHANGE", "LIMITS_CHANGED", "STORE_UNAVAILABLE"] as const

/** Limits of the gate, and what its throttle stopped. */
export const limitCommands = {
  "fat-finger-thresholds": routed(
    roles,
    "GET /api/v1/fat-finger/thresholds",
    query({
      name: "fat-finger-thresholds",
      request: EmptyRequest,
      reply: FatFingerReply,
      codes: ["STORE_UNAVAILABLE"],
      description: "Show the fat-finger thresholds and their overrides by symbol.",
      descriptionZh: "查询乌龙指阈值与按证券的覆盖值。",
      example: {}
    })
  ),
  "fat-finger-change": routed(
    ["risk"],
    "PUT /api/v1/fat-finger/thresholds",
    command({
      name: "fat-finger-change",
      request: FatFingerChangeRequest,
      reply: FatFingerChangeReply,
      codes: changeCodes,
      bytesMax: changeBytesMax,
      description: "Change fat-finger thresholds, or the overrides of symbols.",
      descriptionZh: "修改乌龙指阈值或按证券的覆盖值。",
      example: {
        reason: "index rebalance of today",
        operator: "wang",
        symbol_overrides: { AAPL: { max_qty: "20000" }, MSFT: null }
      }
    })
  ),
  limits: routed(
    roles,
    "GET /api/v1/limits",
    query({
      name: "limits",
      request: EmptyRequest,
      reply: LimitsReply,
      codes: ["STORE_UNAVAILABLE"],
      description: "Show all limits of the gate, their version, and who changed them last.",
      descriptionZh: "查询全部风控限额、版本号与最近的修改人。",
      example: {}
    })
  ),
  "limits-history": routed(
    roles,
    "GET /api/v1/limits/history",
    query({
      name: "limits-history",
      request: HistoryRequest,
      reply: LimitsHistoryReply,
      codes: ["STORE_UNAVAILABLE"],
      description: "List the changes of limits and the stops of strategies, newest first.",
      descriptionZh: "列出限额修改与策略停止的记录，最新的在前。",
      example: { limit: 20 }
    })
  ),
  "limits-change": routed(
    ["risk"],
    "PATCH /api/v1/limits",
    command({
      name: "limits-change",
      request: LimitsChangeRequest,
      reply: LimitsChangeReply,
      codes: changeCodes,
      bytesMax: changeBytesMax,
      description: "Change limits of the gate; each change is a new version with who, when and why.",
      descriptionZh: "修改风控限额；每次修改都是带有人、时间与原因的新版本。",
      example: { reason: "smaller book over the holidays", operator: "wang", position_qty: "500", version: 3 }
    })
  ),
  "strategies-stopped": routed(
    roles,
    "GET /api/v1/strategies/stopped",
    query({
      name: "strategies-stopped",
      request: EmptyRequest,
      reply: StoppedStrategiesReply,
      codes: [],
      description: "List the strategies that the throttle of repeated executions stopped.",
      descriptionZh: "列出因重复成交限流而停止的策略。",
      example: {}
    })
  ),
  "strategy-release": routed(
    ["risk"],
    "POST /api/v1/strategies/{strategy_id}/release",
    command({
      name: "strategy-release",
      request: StrategyReleaseRequest,
      reply: DoneReply,
      codes: ["STRATEGY_NOT_STOPPED", "OPERATOR_MISSING", "STORE_UNAVAILABLE"],
      description: "Let a stopped strategy send entries again.",
      descriptionZh: "解除对策略的停止，允许其再次开仓。",
      example: { strategy_id: "alpha_baseline", reason: "loop in the signal is fixed", operator: "wang" }
    })
  )
}
