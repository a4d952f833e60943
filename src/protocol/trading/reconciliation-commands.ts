import { command, query } from "../control/command-spec.ts"
import { PlainRequest } from "../control/operations.ts"
import { EmptyRequest } from "../control/state.ts"
import { DoneReply } from "./daemon-messages.ts"
import {
  AcceptPositionRequest,
  ForceCompleteReply,
  ForceCompleteRequest,
  OrphanReleaseRequest,
  OrphansReply,
  ReconciliationRunReply,
  ReconciliationStatusReply
} from "./reconciliation-messages.ts"
import { roles, routed } from "./route.ts"

/** The comparison of the book with the venue, and what a person decides about its differences. */
export const reconciliationCommands = {
  "reconciliation-status": routed(
    roles,
    "GET /api/v1/reconciliation/status",
    query({
      name: "reconciliation-status",
      request: EmptyRequest,
      reply: ReconciliationStatusReply,
      codes: [],
      whileStopping: true,
      description: "Show the reconciliation gate, quarantined symbols and the last run.",
      descriptionZh: "查询对账闸门、被隔离的证券与最近一次对账。",
      example: {}
    })
  ),
  "reconciliation-run": routed(
    ["risk", "ops"],
    "POST /api/v1/reconciliation/run",
    command({
      name: "reconciliation-run",
      request: PlainRequest,
      reply: ReconciliationRunReply,
      codes: ["RECONCILIATION_FAILED"],
      description: "Compare the book with the venue now, and book what was missed.",
      descriptionZh: "立即对账，并补记遗漏的内容。",
      example: { reason: "after the outage of the venue" }
    })
  ),
  "reconciliation-force-complete": routed(
    ["ops"],
    "POST /api/v1/reconciliation/force-complete",
    command({
      name: "reconciliation-force-complete",
      request: ForceCompleteRequest,
      reply: ForceCompleteReply,
      codes: ["OPERATOR_MISSING", "NOT_POSSIBLE"],
      description: "Open the reconciliation gate without agreement; needs an earlier attempt.",
      descriptionZh: "在未对平的情况下打开对账闸门；此前须至少尝试过一次。",
      example: { reason: "the venue's list is cut, compared by hand", operator: "wang" }
    })
  ),
  "accept-position": routed(
    ["ops"],
    "POST /api/v1/reconciliation/accept-position",
    command({
      name: "accept-position",
      request: AcceptPositionRequest,
      reply: DoneReply,
      codes: ["OPERATOR_MISSING", "NOT_POSSIBLE"],
      description: "Explain a position difference of the last run: an adjustment takes the venue's quantity.",
      descriptionZh: "确认最近一次对账的持仓差异：以一笔调整采用对方数量。",
      example: { symbol: "AAPL", reason: "opening position of the account", operator: "wang" }
    })
  ),
  orphans: routed(
    roles,
    "GET /api/v1/reconciliation/orphans",
    query({
      name: "orphans",
      request: EmptyRequest,
      reply: OrphansReply,
      codes: ["STORE_UNAVAILABLE"],
      description: "List orders at the venue that are not ours.",
      descriptionZh: "列出交易场所中不属于本系统的委托。",
      example: {}
    })
  ),
  "orphan-release": routed(
    ["risk", "ops"],
    "POST /api/v1/reconciliation/orphans/{broker_order_id}/release",
    command({
      name: "orphan-release",
      request: OrphanReleaseRequest,
      reply: DoneReply,
      codes: ["NO_SUCH_ORPHAN", "OPERATOR_MISSING", "STORE_UNAVAILABLE", "RECONCILIATION_FAILED"],
      description: "Allow entries again in the symbol of an order that is not ours.",
      descriptionZh: "解除外部委托所在证券的隔离，允许再次开仓。",
      example: {
        broker_order_id: "61e69015-8549-4bfd-b9c3-01e75843f47d",
        reason: "placed by hand in the venue's own console",
        operator: "wang"
      }
    })
  )
}
