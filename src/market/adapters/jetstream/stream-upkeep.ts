import type { JetStreamManager } from "@nats-io/jetstream"
import { Effect, Result } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import {
  boundedShape,
  differencesOf,
  type FoundStream,
  type StreamShape
} from "../../../protocol/control/stream-shape.ts"
import { obstacleTo, type StreamReport, type StreamState } from "../../../protocol/market/stream-report.ts"
import type { DeclaredStream } from "../../../protocol/market/streams.ts"
import { LinkError } from "./publish-errors.ts"
import { addStream, apiError, readStream } from "./tick-stream.ts"

const denied = (cause: unknown): boolean => /permission/i.test(errorText(cause))

const report = (
  declared: DeclaredStream,
  state: StreamState,
  found?: { readonly config: FoundStream; readonly state: { readonly messages: number } },
  reason?: string
): StreamReport => ({
  stream: declared.shape.name,
  plane: declared.plane,
  kind: declared.kind,
  state,
  messages: found?.state.messages ?? 0,
  differences: found === undefined ? [] : differencesOf(found.config, declared.shape),
  reason: reason ?? null
})

/**
 * Compares one declared stream with the server's. A stream of another NATS account is invisible, so for a user who
 * may not create it (`mayPublish` of the creating request) a missing stream is no proof. Fails with `LinkError`.
 */
export const checkStream = Effect.fnUntraced(function* (
  manager: JetStreamManager,
  declared: DeclaredStream,
  mayPublish: (subject: string) => boolean = () => true
): Effect.fn.Return<StreamReport, LinkError> {
  const { name } = declared.shape
  const looked = yield* Effect.result(readStream(manager, name))
  if (Result.isFailure(looked)) return denied(looked.failure) ? report(declared, "hidden") : yield* looked.failure
  const found = looked.success
  if (found === undefined) return report(declared, mayPublish(`$JS.API.STREAM.CREATE.${name}`) ? "missing" : "hidden")
  const differs = differencesOf(found.config, declared.shape).length > 0
  return report(
    declared,
    differs ? "differs" : "same",
    found,
    differs ? obstacleTo(found.config, declared.shape) : undefined
  )
})

/** The fields in which the stream differs, with the declared values. Other fields belong to the operator. */
const changeOf = (found: FoundStream, wanted: StreamShape) => {
  const fields = new Set(differencesOf(found, wanted).map(({ field }) => field))
  return {
    ...Object.fromEntries(Object.entries(boundedShape(wanted)).filter(([field]) => fields.has(field))),
    ...(fields.has("no_ack") && { no_ack: false })
  }
}

const step = (name: string, what: string, run: () => Promise<unknown>): Effect.Effect<void, LinkError> =>
  Effect.asVoid(
    Effect.tryPromise({
      try: run,
      catch: (cause) =>
        denied(cause)
          ? new LinkError({
              code: "STREAM_UPKEEP_DENIED",
              retryable: false,
              message: `This NATS user may not change stream ${name}: run this with the key of the account's admin (NATS_NKEY_FILE=admin.nk), see docs/operations/nats-security.md.`
            })
          : apiError(cause, what)
    })
  )

/**
 * Creates what is missing and changes in place what a server can change, each stream completely or not at all. Never
 * deletes. A stream that cannot be changed to its shape is `refused` with a reason, and the others continue.
 */
export const reconcileStream = Effect.fnUntraced(function* (
  manager: JetStreamManager,
  declared: DeclaredStream
): Effect.fn.Return<StreamReport, LinkError> {
  const { shape } = declared
  const found = yield* readStream(manager, shape.name)
  const refused = (error: LinkError) => Effect.succeed(report(declared, "refused", found, error.message))
  if (found === undefined) {
    return yield* step(shape.name, `Creating stream ${shape.name}`, () => addStream(manager, shape)).pipe(
      Effect.as(report(declared, "created")),
      Effect.catch(refused)
    )
  }
  if (differencesOf(found.config, shape).length === 0) return report(declared, "same", found)
  const obstacle = obstacleTo(found.config, shape)
  if (obstacle !== undefined) return report(declared, "refused", found, obstacle)
  return yield* step(shape.name, `Changing stream ${shape.name}`, () =>
    manager.streams.update(shape.name, changeOf(found.config, shape))
  ).pipe(Effect.as(report(declared, "changed", found)), Effect.catch(refused))
})
