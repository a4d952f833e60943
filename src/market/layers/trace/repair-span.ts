import type { SpanExport } from "../../../platform/trace/span.ts"
import type { RepairRecord } from "../../application/subscriptions/repair-handler.ts"

/** The span of one rung of a repair. It has no parent: no command asked for it. */
export const repairSpan = (spans: SpanExport, record: RepairRecord): void => {
  const { endedMs, feed, id, result, rung, stalled, startedMs, why } = record
  const span = spans.open({
    name: `repair ${rung}`,
    startMs: startedMs,
    attributes: {
      "tickd.repair.feed": feed,
      "tickd.repair.id": id,
      "tickd.repair.rung": rung,
      "tickd.repair.instruments": stalled,
      "tickd.repair.result": result
    }
  })
  const hasFailed = result === "timed_out" || result === "refused"
  span.end(endedMs, hasFailed ? (why ?? `no tick came: ${result}`) : undefined)
}
