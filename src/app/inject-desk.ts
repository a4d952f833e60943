import { Result } from "effect"
import { shanghaiIso } from "../domain/shanghai-time.ts"
import { type Drill, DrillNotPossible, type Drills } from "../ports/inbound/drills.ts"
import { AuditError, type AuditLog } from "../ports/outbound/audit-log.ts"
import { ControlError, type ControlErrorCode, readRequest } from "../protocol/control.ts"
import {
  type AuditEntry,
  drillMsDefault,
  type Fault,
  faults,
  type InjectReply,
  InjectRequest,
  isFault
} from "../protocol/inject.ts"

export interface InjectDeskOptions {
  readonly instance: string
  /** `DRILLS_ENABLED`. */
  readonly enabled: boolean
  readonly feeds: ReadonlyArray<string>
  readonly drills: Drills
  readonly audit: AuditLog
  /** Told each entry that was written, for the stream of events and the log. */
  readonly onEntry: (entry: AuditEntry) => void
  readonly stopping: () => boolean
  readonly nowMs: () => number
  readonly nextId: () => string
}

const nobody = { user: "not told", host: "not told", client: "not told" }

const drillOf = (drills: Drills, fault: Fault): Drill | undefined => {
  switch (fault) {
    case "crash":
      return drills.crash
    case "disconnect":
      return drills.disconnect
    case "silence":
      return drills.silence
    case "login-reject":
      return drills.loginReject
  }
}

/** Why an order is not carried out, before anything is done. */
const refusalOf = (options: InjectDeskOptions, order: InjectRequest): ControlError | undefined => {
  const { enabled, feeds, drills, instance } = options
  const refuse = (code: ControlErrorCode, message: string) => new ControlError({ code, message })
  if (options.stopping()) return refuse("STOPPING", `${instance} is stopping and takes no more orders.`)
  if (!enabled) {
    return refuse(
      "DRILLS_DISABLED",
      `Drills are disabled on ${instance}: start it with DRILLS_ENABLED=true to allow them.`
    )
  }
  if (!isFault(order.fault)) {
    return refuse("UNKNOWN_FAULT", `${JSON.stringify(order.fault)} is no fault: use one of ${faults.join(", ")}.`)
  }
  if (!feeds.includes(order.feed)) {
    return refuse("UNKNOWN_FEED", `${instance} has no feed ${JSON.stringify(order.feed)}: it has ${feeds.join(", ")}.`)
  }
  if (drillOf(drills, order.fault) === undefined) {
    return refuse(
      "DRILL_NOT_POSSIBLE",
      `${order.fault} cannot be done to a front that is not simulated: use disconnect or crash, or try it in 'tickd demo'.`
    )
  }
  return undefined
}

/**
 * Takes orders for drills. Each is audited: what is carried out is written down before it is done, and when it cannot
 * be written down it is not done. Returns a handler that answers with `InjectReply` or throws `ControlError`.
 */
export const makeInjectDesk = (options: InjectDeskOptions) => {
  const { instance, audit } = options
  const write = (entry: AuditEntry) => {
    audit.append(JSON.stringify(entry))
    options.onEntry(entry)
  }
  const entryOf = (
    id: string,
    order: Partial<InjectRequest>,
    requestInfo: string | undefined,
    end: Pick<AuditEntry, "result" | "code" | "message">
  ): AuditEntry => ({
    version: 1,
    id,
    at: shanghaiIso(options.nowMs()),
    instance,
    fault: order.fault ?? "",
    feed: order.feed ?? "",
    for_ms: order.for_ms ?? null,
    reason: order.reason ?? "not told",
    by: { ...nobody, ...order.by, ...(requestInfo === undefined ? {} : { client: requestInfo.slice(0, 500) }) },
    ...end
  })
  /** For what is told in any case: nothing was done, or it is done already. */
  const tryWrite = (entry: AuditEntry) => {
    try {
      write(entry)
    } catch (cause) {
      if (!(cause instanceof AuditError)) throw cause
    }
  }
  const accept = (entry: AuditEntry) => {
    try {
      write(entry)
    } catch (cause) {
      if (!(cause instanceof AuditError)) throw cause
      throw new ControlError({ code: "AUDIT_FAILED", message: `Nothing was injected: ${cause.message}` })
    }
  }

  return (payload: Uint8Array, requestInfo: string | undefined): InjectReply => {
    const id = options.nextId()
    const refused = (order: Partial<InjectRequest>, { code, message }: ControlError) =>
      tryWrite(entryOf(id, order, requestInfo, { result: "refused", code, message }))
    const read = readRequest(InjectRequest, payload)
    if (Result.isFailure(read)) {
      refused({}, read.failure)
      throw read.failure
    }
    const order = read.success
    const refusal = refusalOf(options, order)
    if (refusal !== undefined) {
      refused(order, refusal)
      throw refusal
    }
    const drill = drillOf(options.drills, order.fault as Fault) as Drill
    accept(entryOf(id, order, requestInfo, { result: "accepted", code: null, message: "about to be done" }))
    try {
      const done = drill(order.feed, order.for_ms ?? drillMsDefault)
      const entry = entryOf(id, order, requestInfo, { result: "done", code: null, message: done })
      tryWrite(entry)
      return { version: 1, instance, id, fault: order.fault, feed: order.feed, at: entry.at, done }
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause)
      const code = cause instanceof DrillNotPossible ? "DRILL_NOT_POSSIBLE" : "INTERNAL"
      tryWrite(entryOf(id, order, requestInfo, { result: "failed", code, message }))
      throw cause instanceof DrillNotPossible ? new ControlError({ code: "DRILL_NOT_POSSIBLE", message }) : cause
    }
  }
}
