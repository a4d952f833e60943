import { Effect, Option } from "effect"
import { Argument, Flag } from "effect/cli"

/** Flags that several verbs share, so that they read the same everywhere. */
export const jsonFlag = Flag.Boolean("json").pipe(
  Flag.withDescription("Print one JSON object on the last line of stdout, for scripts"),
  Flag.withDefault(false)
)

export const serverFlag = Flag.String("server").pipe(
  Flag.withDescription("NATS server (default: NATS_URL, else nats://127.0.0.1:4222)"),
  Flag.optional
)

export const instanceFlag = Flag.String("instance").pipe(
  Flag.withDescription("Which daemon answers (default: TICKD_INSTANCE, else this host's name)"),
  Flag.optional
)

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** `20s`, `500ms`, `5m`, `1h`, or plain seconds, as milliseconds; undefined when it is none of these. */
export const parseDurationMs = (text: string): number | undefined => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim())
  if (match === null) return undefined
  return Number(match[1]) * (units[match[2] ?? "s"] as number)
}

export const durationFlag = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.withDescription(description),
    Flag.filterMap(
      (text) => Option.fromUndefinedOr(parseDurationMs(text)),
      (text) => `"${text}" is not a time: write 20s, 500ms, 5m or 1h`
    ),
    Flag.optional
  )

/** A subject pattern, `md.tick.>` when none is given. */
export const subjectArgument = Argument.String("subject").pipe(
  Argument.withDescription("Subject or pattern, e.g. md.tick.SHFE.rb.> (default md.tick.>)"),
  Argument.withDefault("md.tick.>")
)

/** What every verb hands to the composition root: options in, an effect out. */
export type Handler<Options, E, R> = (options: Options) => Effect.Effect<void, E, R>
