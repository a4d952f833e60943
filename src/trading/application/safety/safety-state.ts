import { Clock, Context, Effect, Layer } from "effect"
import { monotonicOf } from "../../../kernel/time/monotonic.ts"
import { accountBreakerKey, killSwitchKey, monitorKey } from "../../../protocol/trading/safety.ts"
import type { Breaker } from "../../domain/safety/breaker.ts"
import type { KillSwitch } from "../../domain/safety/kill-switch.ts"
import type { SafetySettings } from "../../domain/safety/safety-settings.ts"
import { SafetyBucket } from "../../ports/safety-bucket.ts"
import { type BreakerScope, type Refusal, SafetyState, SafetyStateError } from "../../ports/safety-state.ts"
import { SafetyMirror } from "./safety-mirror.ts"
import { breakerKey, breakerOf, breakerText, killSwitchOf, killSwitchText, monitorText } from "./safety-records.ts"

/** Keeps the view of `SafetyState` fresh, for ever. It is a child of the trading tree. */
export class SafetyFollower extends Context.Service<SafetyFollower, { readonly run: Effect.Effect<never> }>()(
  "tickd/trading/SafetyFollower"
) {}

const attemptsMax = 3

const failure = (reason: SafetyStateError["reason"], message: string) => new SafetyStateError({ reason, message })
const isRefused = <A extends object, R extends Refusal>(next: A | R): next is R => "refused" in next
const nameOf = (key: string): string => (key === killSwitchKey ? "the kill switch" : `the circuit breaker ${key}`)

interface Form<A> {
  readonly read: (text: string) => A | undefined
  readonly text: (value: A) => string
}
const killSwitchForm = { read: killSwitchOf, text: killSwitchText }
const breakerForm = { read: breakerOf, text: breakerText }

const make = Effect.fnUntraced(function* (settings: Pick<SafetySettings, "heartbeatMs" | "monitorSilentMs">) {
  const bucket = yield* SafetyBucket
  const clock = yield* Clock.Clock
  const now = () => ({ wallMs: clock.currentTimeMillisUnsafe(), monotonicMs: monotonicOf(clock) })
  const mirror = new SafetyMirror(settings, now)

  /** The state and the revision to write after; fails for a state that is not there. */
  const read = Effect.fnUntraced(function* <A>(key: string, form: Form<A>, ifMissing?: A) {
    const entry = yield* bucket.read(key)
    // The reader may see a change before the follower does.
    if (entry !== undefined) mirror.entry(entry)
    const revision = entry?.revision ?? 0
    if (entry?.text === undefined) {
      // A deleted breaker may have been a tripped one: only a key that never was begins by itself.
      if (ifMissing !== undefined && entry === undefined) return { value: ifMissing, revision, isNew: true }
      return yield* failure(
        "missing",
        entry === undefined
          ? `There is no state of ${nameOf(key)}: at a first start use 'tickd trading initialise'; else find out who removed it first.`
          : `The state of ${nameOf(key)} was deleted: find out who removed it, then use 'tickd trading initialise'.`
      )
    }
    const value = form.read(entry.text)
    if (value !== undefined) return { value, revision, isNew: false }
    return yield* failure(
      "unreadable",
      `The record of ${nameOf(key)} cannot be read by this version: read it with 'nats kv get', then delete and initialise it.`
    )
  })

  const change = Effect.fnUntraced(function* <A extends object, R extends Refusal>(
    key: string,
    form: Form<A>,
    apply: (now: A) => A | R,
    ifMissing?: A
  ) {
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const { isNew, revision, value } = yield* read(key, form, ifMissing)
      const next = apply(value)
      if (isRefused(next) || (next === value && !isNew)) return next
      const text = form.text(next)
      const written = yield* bucket.write(key, text, revision)
      if (written === undefined) continue
      // The gate of this process sees its own change at once.
      mirror.entry({ key, text, revision: written })
      return next
    }
    return yield* failure(
      "conflict",
      `${nameOf(key)} was changed by others ${attemptsMax} times meanwhile: read its state, then try again.`
    )
  })

  const service = SafetyState.of({
    view: (strategyId, symbol) => mirror.view(strategyId, symbol),
    killSwitch: Effect.map(read(killSwitchKey, killSwitchForm), ({ value }) => value),
    breaker: (scope) => Effect.map(read(breakerKey(scope), breakerForm), ({ value }) => value),
    breakers: Effect.suspend(() => {
      const cause = mirror.unknownCause()
      if (cause !== undefined) {
        return Effect.fail(failure("unreachable", `The states of the circuit breakers are not known (${cause}).`))
      }
      return Effect.succeed(
        new Map(
          mirror
            .breakers()
            .map(([key, value]) => [
              key.slice("breaker.".length),
              "cause" in value ? failure("unreadable", `${nameOf(key)}: ${value.cause}.`) : value
            ])
        )
      )
    }),
    changeKillSwitch: <R extends Refusal = never>(apply: (now: KillSwitch) => KillSwitch | R) =>
      change<KillSwitch, R>(killSwitchKey, killSwitchForm, apply),
    changeBreaker: <R extends Refusal = never>(
      scope: BreakerScope,
      apply: (now: Breaker) => Breaker | R,
      ifMissing?: Breaker
    ) => change<Breaker, R>(breakerKey(scope), breakerForm, apply, scope.level === "account" ? undefined : ifMissing),
    confirmMonitor: (monitor) => Effect.suspend(() => bucket.renew(monitorKey, monitorText(monitor, now().wallMs))),
    monitorSilentMs: () => mirror.monitorSilentMs(),
    initialise: Effect.fnUntraced(function* (killSwitch, breaker) {
      yield* bucket.create
      const created: Array<string> = []
      for (const [key, text] of [
        [killSwitchKey, killSwitchText(killSwitch)],
        [accountBreakerKey, breakerText(breaker)]
      ] as const) {
        const entry = yield* bucket.read(key)
        if (entry?.text !== undefined) continue
        const revision = yield* bucket.write(key, text, entry?.revision ?? 0)
        // Another operator was first: what that one wrote stands.
        if (revision === undefined) continue
        mirror.entry({ key, text, revision })
        created.push(key)
      }
      return created
    })
  })
  return Context.make(SafetyState, service).pipe(
    Context.add(SafetyFollower, SafetyFollower.of({ run: Effect.suspend(() => bucket.follow(mirror)) }))
  )
})

/** The safety states over a bucket that all hosts share. Its view is closed until `SafetyFollower` runs. */
export const layer = (settings: Pick<SafetySettings, "heartbeatMs" | "monitorSilentMs">) =>
  Layer.effectContext(make(settings))
