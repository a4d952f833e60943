import { Option } from "effect"
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
  Flag.withDescription("Name of the daemon (default: TICKD_INSTANCE, else the only one that answers)"),
  Flag.optional
)

export const reasonFlag = Flag.String("reason").pipe(Flag.withDescription("Why, for the audit"), Flag.optional)

export const passwordFlag = Flag.String("password").pipe(
  Flag.withDescription("NATS password; other users see it in the list of processes, so prefer NATS_PASSWORD"),
  Flag.optional
)

/** A default that the help shows, because it is said where it is set. */
export const shownDefault =
  <const A extends string | number>(description: string, value: A) =>
  <B>(flag: Flag.Flag<B>) =>
    flag.pipe(
      Flag.withDescription(`${description} (default: ${value === "" ? "none" : value})`),
      Flag.withDefault(value)
    )

/** A whole number between two bounds, both included; anything else is refused with its bounds. */
export const wholeFlag = (name: string, minimum: number, maximum: number) =>
  Flag.Int(name).pipe(
    Flag.filter(
      (value) => value >= minimum && value <= maximum,
      () => `a whole number from ${minimum} to ${maximum}`
    )
  )

export const portFlag = (name: string) => wholeFlag(name, 0, 65_535)

/** More contracts or ticks than any market has are a slip of the hand, and would only fill the memory. */
export const mostInstruments = 100_000
export const mostTicksPerSecond = 10_000_000

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** `20s`, `500ms`, `5m`, `1h`, or plain seconds, as milliseconds; undefined when it is none of these. */
export const parseDurationMs = (text: string): number | undefined => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim())
  if (match === null) return undefined
  return Number(match[1]) * (units[match[2] ?? "s"] as number)
}

/** `mostMs`: a longer time is refused. */
export const durationFlag = (name: string, description: string, mostMs = Number.POSITIVE_INFINITY) =>
  Flag.String(name).pipe(
    Flag.withDescription(description),
    Flag.filterMap(
      (text) => Option.filter(Option.fromUndefinedOr(parseDurationMs(text)), (ms) => ms <= mostMs),
      () =>
        mostMs === Number.POSITIVE_INFINITY
          ? "a time such as 20s, 500ms, 5m or 1h"
          : `a time such as 20s or 500ms, at most ${mostMs / 1000} s`
    ),
    Flag.optional
  )

/** A subject pattern, `md.tick.>` when none is given. */
export const subjectArgument = Argument.String("subject").pipe(
  Argument.withDescription("Subject or pattern, e.g. md.tick.SHFE.rb.> (default: md.tick.>)"),
  Argument.withDefault("md.tick.>")
)
