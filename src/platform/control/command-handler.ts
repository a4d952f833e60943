import { createHash } from "node:crypto"
import { Cause, Clock, Deferred, Effect, Exit, Option, Result } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { StormFolder, StormFolders } from "../../kernel/limits/storm-folder.ts"
import { shanghaiIso } from "../../kernel/time/shanghai-time.ts"
import { type AuditEntry, type CommandFields, commandFieldsOf } from "../../protocol/control/command.ts"
import type { CommandSpec } from "../../protocol/control/command-spec.ts"
import { type ControlError, controlError, readRequest } from "../../protocol/control/control.ts"
import type { ServiceReply, ServiceRequest } from "../nats/micro-service.ts"
import type { CommandHandler, Performed } from "./command-table.ts"

/** Why an entry could not be written. */
interface Unwritten {
  readonly message: string
}

export interface CommandHandlerOptions<E extends Unwritten> {
  readonly instance: string
  /** Adds one entry to the audit and succeeds with its hash once it is stored. */
  readonly append: (entry: AuditEntry) => Effect.Effect<string, E>
  /**
   * Called with each entry that was written, for the stream of events and the log; `hash` stands for the chain up to
   * it.
   */
  readonly onEntry: (entry: AuditEntry, hash: string) => void
  /** Called with each entry that the audit could not take, and why. */
  readonly onUnwritten?: ((entry: AuditEntry, error: E) => void) | undefined
  readonly stopping: () => boolean
  readonly nextId: () => string
  /** For the windows of folded refusals, milliseconds. */
  readonly monotonicMs: () => number
  readonly later: (run: () => void, afterMs: number) => void
  /** Runs work that no request waits for: a refusal that was folded is written when its window ends. */
  readonly post: (work: Effect.Effect<void>) => void
}

/** What the audit says of a request without `by` or `reason`. */
const unknownSender = { user: "not given", host: "not given", client: "not given" }
const noReason = "not given"
/** `notes` is the reference's field for the reason of a disengagement. */
const reasonOf = (request: CommandFields & { readonly notes?: unknown }): string =>
  request.reason ?? (typeof request.notes === "string" ? request.notes : noReason)
/** Commands whose `request_id` is remembered; orders apart, so that they do not push out the others. */
const rememberedMax = { file: 1000, book: 10_000 }
const itemsShown = 20
/**
 * Refusals of one verb and code that are written one by one: each entry waits for the disk, on the thread of the ticks.
 */
const refusalLimits = { burst: 60, everyMs: 1000, mostMs: 8000, regainMs: 4000 }

interface Remembered {
  readonly digest: string
  readonly outcome: Deferred.Deferred<unknown, ControlError>
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

/** The entries of one command, all under its `id`. */
const makeEntryOf =
  (instance: string, verb: string, id: string, { caller, requestInfo }: ServiceRequest) =>
  (request: CommandFields, end: Pick<AuditEntry, "result" | "code" | "message">) =>
    Effect.map(
      Clock.currentTimeMillis,
      (nowMs): AuditEntry => ({
        version: 2,
        id,
        at: shanghaiIso(nowMs),
        instance,
        verb,
        request: summaryOf(request),
        request_id: request.request_id ?? null,
        reason: reasonOf(request),
        by: {
          ...unknownSender,
          ...request.by,
          ...caller,
          ...(requestInfo === undefined ? {} : { client: requestInfo.slice(0, 500) })
        },
        ...end
      })
    )

type EntryOf = ReturnType<typeof makeEntryOf>

/** A command that was read. */
interface Taken {
  readonly spec: CommandSpec
  readonly id: string
  readonly request: CommandFields
  readonly entryOf: EntryOf
}

/**
 * Takes commands. Each is audited: the entry `accepted` is written before anything is done, and a command whose entry
 * cannot be written is not carried out, unless it is an emergency. One that the book records has no entry, but for a
 * refusal. The same `request_id` is carried out once.
 */
export const makeCommandHandler = <E extends Unwritten>(options: CommandHandlerOptions<E>) => {
  const { instance } = options
  const remembered = { file: new Map<string, Remembered>(), book: new Map<string, Remembered>() }
  /** Refusals that are to be written. */
  const refused: Array<AuditEntry> = []

  const write = (entry: AuditEntry) => Effect.map(options.append(entry), (hash) => options.onEntry(entry, hash))
  /** For what is written in any case: nothing was done, or it is done already. */
  const tryWrite = (entry: AuditEntry) =>
    write(entry).pipe(Effect.catch((error) => Effect.sync(() => options.onUnwritten?.(entry, error))))
  const writeRefused: Effect.Effect<void> = Effect.suspend(() => {
    const entry = refused.shift()
    return entry === undefined ? Effect.void : Effect.andThen(tryWrite(entry), writeRefused)
  })
  const refusals = new StormFolders<AuditEntry>(
    () =>
      new StormFolder({
        limits: refusalLimits,
        nowMs: options.monotonicMs,
        later: (run, afterMs) =>
          options.later(() => {
            run()
            options.post(writeRefused)
          }, afterMs),
        report: (entry, count) => void refused.push(count > 1 ? { ...entry, folded: count - 1 } : entry)
      })
  )

  /**
   * The command that has this id; undefined: this one has it now. One step, so that two with one id cannot both be new.
   */
  const claim = ({ record }: CommandSpec, id: string, digest: string): Remembered | undefined => {
    const kept = remembered[record]
    const known = kept.get(id)
    if (known !== undefined) return known
    kept.set(id, { digest, outcome: Deferred.makeUnsafe() })
    const oldest = kept.keys().next()
    if (kept.size > rememberedMax[record] && !oldest.done) kept.delete(oldest.value)
    return undefined
  }

  const refuse = Effect.fnUntraced(function* (
    { spec, request, entryOf }: Pick<Taken, "spec" | "request" | "entryOf">,
    error: ControlError
  ) {
    const entry = yield* entryOf(request, { result: "refused", code: error.code, message: error.message })
    refusals.note(`${spec.name} ${error.code}`, entry)
    yield* writeRefused
    return yield* Effect.fail(error)
  })
  /** Checks the command and writes that it is accepted; succeeds with what carries it out. */
  const accept = Effect.fnUntraced(function* (taken: Taken, handler: CommandHandler) {
    const { entryOf, id, request, spec } = taken
    if (options.stopping() && !spec.whileStopping) {
      return yield* refuse(taken, controlError("STOPPING", `${instance} is stopping and takes no more commands.`))
    }
    const act = yield* handler({ ...request }, id).pipe(Effect.catch((error) => refuse(taken, error)))
    if (spec.record === "book") return act
    const accepted = yield* entryOf(request, { result: "accepted", code: null, message: "about to be done" })
    if (spec.emergency) {
      yield* tryWrite(accepted)
      return act
    }
    const written = yield* Effect.result(write(accepted))
    if (Result.isSuccess(written)) return act
    const code = "AUDIT_FAILED"
    const message = `Nothing was done: ${written.failure.message}`
    options.onUnwritten?.(yield* entryOf(request, { result: "refused", code, message }), written.failure)
    return yield* Effect.fail(controlError(code, message))
  })
  const carryOut = Effect.fnUntraced(function* (
    { entryOf, request, spec }: Taken,
    act: Effect.Effect<Performed, ControlError>
  ) {
    const exit = yield* Effect.exit(act)
    if (spec.record === "book") {
      const error = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.findErrorOption(exit.cause)) : undefined
      return error === undefined ? yield* exit : yield* refuse({ spec, request, entryOf }, error)
    }
    if (Exit.isFailure(exit)) {
      const failure = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
      const message = errorText(failure ?? Cause.squash(exit.cause))
      yield* tryWrite(yield* entryOf(request, { result: "failed", code: failure?.code ?? "INTERNAL", message }))
      return yield* exit
    }
    yield* tryWrite(yield* entryOf(request, { result: "done", code: null, message: exit.value.done }))
    return exit.value
  })
  /** Carries a command out once for its id: the same request that comes again gets the same answer. */
  const once = (requestId: string, taken: Taken, handler: CommandHandler) => {
    const kept = remembered[taken.spec.record]
    const outcome = kept.get(requestId)?.outcome
    // A refused command was not carried out: its id is free again, and one that came meanwhile is refused alike.
    const accepting = Effect.onError(accept(taken, handler), () => Effect.sync(() => void kept.delete(requestId)))
    return Effect.onExit(
      Effect.flatMap(accepting, (act) => carryOut(taken, act)),
      (exit) =>
        Effect.sync(() => {
          // A refused order is in no book: it may be sent again, and is judged anew.
          if (taken.spec.record === "book" && Exit.isFailure(exit)) kept.delete(requestId)
          if (outcome !== undefined)
            Deferred.doneUnsafe(
              outcome,
              Exit.map(exit, ({ reply }) => reply)
            )
        })
    )
  }

  const take =
    (spec: CommandSpec, handler: CommandHandler) =>
    (asked: ServiceRequest): Effect.Effect<ServiceReply, ControlError> =>
      Effect.gen(function* () {
        const { caller, payload } = asked
        const id = options.nextId()
        const entryOf = makeEntryOf(instance, spec.name, id, asked)
        const read = readRequest(spec.request, payload, spec.bytesMax)
        if (Result.isFailure(read)) {
          const { failure } = read
          const request = failure.code === "REQUEST_TOO_LARGE" ? {} : commandFieldsOf(payload)
          return yield* refuse({ spec, request, entryOf }, failure)
        }
        const fields = read.success as CommandFields
        const request = caller === undefined ? fields : { ...fields, by: { ...unknownSender, ...fields.by, ...caller } }
        const taken: Taken = { spec, id, request, entryOf }
        const requestId = request.request_id
        if (requestId === undefined) {
          return yield* carryOut(taken, yield* accept(taken, handler))
        }
        const sender = caller === undefined ? "" : JSON.stringify(caller)
        const digest = createHash("sha256").update(spec.name).update(sender).update(payload).digest("hex")
        const earlier = claim(spec, requestId, digest)
        if (earlier === undefined) return yield* once(requestId, taken, handler)
        if (earlier.digest === digest) return { reply: yield* Deferred.await(earlier.outcome) }
        return yield* refuse(
          taken,
          controlError(
            "DUPLICATE_REQUEST_ID",
            `The request_id ${JSON.stringify(requestId)} was used for another command: choose a new one.`
          )
        )
      })
  return {
    take,
    /** Writes the refusals that wait to be folded with others. */
    flush: Effect.suspend(() => {
      refusals.flush()
      return writeRefused
    })
  }
}
