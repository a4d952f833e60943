import { createHash } from "node:crypto"
import { Result, type Schema } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { StormFolder, StormFolders } from "../../../kernel/limits/storm-folder.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { AuditError, type AuditLog } from "../../../platform/audit/audit-log.ts"
import { monotonicMs } from "../../../platform/process/clock.ts"
import { type AuditEntry, type CommandFields, commandFieldsOf } from "../../../protocol/control/command.ts"
import { ControlError, readRequest } from "../../../protocol/control/control.ts"
import { later } from "../log/daemon-log.ts"

export interface CommandHandlerOptions {
  readonly instance: string
  readonly audit: AuditLog<AuditEntry>
  /** Told each entry that was written, for the stream of events and the log; `hash` stands for the chain up to it. */
  readonly onEntry: (entry: AuditEntry, hash: string) => void
  /** Called with each entry that the audit could not take, and why. */
  readonly onUnwritten?: (entry: AuditEntry, error: AuditError) => void
  readonly stopping: () => boolean
  readonly nowMs: () => number
  readonly nextId: () => string
}

/** What carrying a command out came to: the reply, and one sentence for the audit. */
export interface Performed {
  readonly reply: unknown
  readonly told: string
}

/** One verb that changes something. */
export interface Command<S extends Schema.Struct<Schema.Struct.Fields>> {
  readonly verb: string
  readonly schema: S
  readonly bytesMax?: number
  /** Carried out while the daemon drains too. */
  readonly whileStopping?: boolean
  /**
   * Carried out also when it cannot be written down: what an operator needs most on a machine that is in trouble. Such an
   * entry goes where `onUnwritten` puts it.
   */
  readonly emergency?: boolean
  /** Why it is not carried out, before anything is done. */
  readonly refusal?: (request: S["Type"]) => ControlError | undefined
  /** Carries it out; `id` names it in the audit. Throws `ControlError` when it could not be done. */
  readonly perform: (request: S["Type"], id: string) => Performed | Promise<Performed>
}

export type EndpointHandler = (payload: Uint8Array, requestInfo: string | undefined) => unknown

const nobody = { user: "not told", host: "not told", client: "not told" }
/** Commands whose `request_id` is remembered. */
const rememberedMax = 1000
const itemsShown = 20
/** Refusals of one verb and code that are written one by one: each entry waits for the disk, on the thread of the ticks. */
const refusalLimits = { burst: 60, everyMs: 1000, mostMs: 8000, regainMs: 4000 }

interface Remembered {
  readonly digest: string
  readonly outcome: unknown
}

/** The command's own fields as the audit keeps them: 20,000 symbols are a number and the first few. */
const summaryOf = (command: object): Record<string, unknown> => {
  const kept: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(command)) {
    if (name === "reason" || name === "by" || name === "request_id") continue
    kept[name] =
      Array.isArray(value) && value.length > itemsShown
        ? { count: value.length, first: value.slice(0, itemsShown) }
        : value
  }
  return kept
}

/**
 * Takes commands. Each is audited: what is carried out is written down before it is done, and when it cannot be written down
 * it is not done, but for an emergency. A handler answers with the command's reply, or throws (or rejects with) `ControlError`.
 */
export const makeCommandHandler = (options: CommandHandlerOptions) => {
  const { instance, audit } = options
  const remembered = new Map<string, Remembered>()

  const write = (entry: AuditEntry) => options.onEntry(entry, audit.append(entry))
  /** For what is told in any case: nothing was done, or it is done already. */
  const tryWrite = (entry: AuditEntry) => {
    try {
      write(entry)
    } catch (cause) {
      if (!(cause instanceof AuditError)) throw cause
      options.onUnwritten?.(entry, cause)
    }
  }
  const refusals = new StormFolders<AuditEntry>(
    () =>
      new StormFolder({
        limits: refusalLimits,
        nowMs: monotonicMs,
        later,
        report: (entry, count) => tryWrite(count > 1 ? { ...entry, folded: count - 1 } : entry)
      })
  )
  const remember = (id: string | undefined, digest: string, outcome: unknown) => {
    if (id === undefined) return
    remembered.set(id, { digest, outcome })
    const oldest = remembered.keys().next()
    if (remembered.size > rememberedMax && !oldest.done) remembered.delete(oldest.value)
  }

  const take =
    <S extends Schema.Struct<Schema.Struct.Fields>>(command: Command<S>): EndpointHandler =>
    (payload, requestInfo) => {
      const id = options.nextId()
      const entryOf = (
        request: object & CommandFields,
        end: Pick<AuditEntry, "result" | "code" | "message">
      ): AuditEntry => ({
        version: 2,
        id,
        at: shanghaiIso(options.nowMs()),
        instance,
        verb: command.verb,
        request: summaryOf(request),
        request_id: request.request_id ?? null,
        reason: request.reason ?? "not told",
        by: { ...nobody, ...request.by, ...(requestInfo === undefined ? {} : { client: requestInfo.slice(0, 500) }) },
        ...end
      })
      const refuse = (request: object & CommandFields, error: ControlError): never => {
        const entry = entryOf(request, { result: "refused", code: error.code, message: error.message })
        refusals.note(`${command.verb} ${error.code}`, entry)
        throw error
      }
      const read = readRequest(command.schema, payload, command.bytesMax)
      if (Result.isFailure(read)) {
        return refuse(read.failure.code === "REQUEST_TOO_LARGE" ? {} : commandFieldsOf(payload), read.failure)
      }
      const request = read.success as S["Type"] & object & CommandFields

      const digest = createHash("sha256").update(command.verb).update(payload).digest("hex")
      const earlier = request.request_id === undefined ? undefined : remembered.get(request.request_id)
      if (earlier !== undefined) {
        if (earlier.digest === digest) return earlier.outcome
        return refuse(
          request,
          new ControlError({
            code: "DUPLICATE_REQUEST_ID",
            message: `The request_id ${JSON.stringify(request.request_id)} was used for another command: choose a new one.`
          })
        )
      }
      if (options.stopping() && command.whileStopping !== true) {
        return refuse(
          request,
          new ControlError({ code: "STOPPING", message: `${instance} is stopping and takes no more commands.` })
        )
      }
      const refusal = command.refusal?.(request)
      if (refusal !== undefined) return refuse(request, refusal)
      const accepted = entryOf(request, { result: "accepted", code: null, message: "about to be done" })
      if (command.emergency === true) tryWrite(accepted)
      else {
        try {
          write(accepted)
        } catch (cause) {
          if (!(cause instanceof AuditError)) throw cause
          const code = "AUDIT_FAILED"
          const message = `Nothing was done: ${cause.message}`
          options.onUnwritten?.(entryOf(request, { result: "refused", code, message }), cause)
          throw new ControlError({ code, message })
        }
      }
      const finish = ({ reply, told }: Performed): unknown => {
        tryWrite(entryOf(request, { result: "done", code: null, message: told }))
        return reply
      }
      const failed = (cause: unknown): never => {
        const message = errorText(cause)
        const code = cause instanceof ControlError ? cause.code : "INTERNAL"
        tryWrite(entryOf(request, { result: "failed", code, message }))
        throw cause
      }
      let outcome: unknown
      try {
        const performed = command.perform(request, id)
        outcome = performed instanceof Promise ? performed.then(finish, failed) : finish(performed)
      } catch (cause) {
        return failed(cause)
      }
      remember(request.request_id, digest, outcome)
      return outcome
    }
  /** `flush` writes the refusals that wait to be folded with others. */
  return Object.assign(take, { flush: () => refusals.flush() })
}
