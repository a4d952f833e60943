import { Clock, Effect, type Redacted } from "effect"
import type { DaemonStates } from "../../../../actors/market/daemon-states.ts"
import type { SessionLink } from "../../../../machines/market/session-events.ts"
import { errorText } from "../../../kernel/error-text.ts"
import { type LoginReload, LoginReloadError, type Operations } from "../../ports/operations.ts"
import type { FeedParts } from "./feed-line.ts"

type Feed = Pick<FeedParts, "feed" | "ask" | "gate" | "profile"> & {
  readonly asking: Pick<FeedParts["asking"], "logins" | "subscriptions">
}

/** States in which a session takes a new login, each with the request that begins it. */
const begins: Readonly<Partial<Record<SessionLink | "crashed", "RELOGIN_ASKED" | "RETRY_ASKED">>> = {
  streaming: "RELOGIN_ASKED",
  degraded: "RELOGIN_ASKED",
  backingOff: "RETRY_ASKED",
  resting: "RETRY_ASKED",
  rejected: "RETRY_ASKED",
  failed: "RETRY_ASKED"
}
/** States of a session that is logged in, or that rests with a login that was accepted. */
const isUp: ReadonlySet<string> = new Set(["streaming", "degraded", "resting"])
/** The session waits for an operator: no further login follows by itself. */
const hasGivenUp: ReadonlySet<string> = new Set(["rejected", "failed"])

const lookEveryMs = 20

const failure = (code: LoginReloadError["code"], message: string) => new LoginReloadError({ code, message })

/** `Operations.reloadLogin` over the sessions of the daemon. */
export const makeLoginReload = (options: {
  readonly feeds: ReadonlyArray<Feed>
  readonly states: Pick<DaemonStates, "sessions">
  /** The active one of two feeds; undefined: there is one. */
  readonly active: () => string | undefined
}): Operations["reloadLogin"] => {
  const { feeds, states } = options
  const running = new Set<string>()

  /** Why the login cannot be reloaded now; undefined: it can. */
  const refusal = (parts: Feed | undefined, { feed, force }: LoginReload): LoginReloadError | undefined => {
    if (parts === undefined) return failure("NOT_NOW", `There is no feed ${feed}.`)
    if (options.active() === feed) {
      return failure(
        "FEED_IS_ACTIVE",
        `${feed} is the active feed: make the other one active first, with 'tickd failover' or 'tickd failback'.`
      )
    }
    if (options.active() === undefined && !force) {
      return failure("FEED_IS_ACTIVE", `${feed} is the only feed: a new login may lose ticks; --force accepts that.`)
    }
    if (!parts.profile.password.isFile) {
      const name = `CTP_${feed.toUpperCase()}_PASSWORD`
      return failure(
        "SECRET_NOT_FILE",
        `${name} was given as a variable, which cannot change in a running process: use ${name}_FILE, or restart.`
      )
    }
    if (running.has(feed)) return failure("NOT_NOW", `The login of ${feed} is being reloaded already.`)
    if (!parts.gate.isOpen()) {
      return failure("NOT_NOW", `The feed ${feed} is held back: it reads its secret when it is made the active one.`)
    }
    const state = states.sessions.get(feed)?.state
    if (state === undefined || begins[state as SessionLink] === undefined) {
      return failure("NOT_NOW", `The session of ${feed} is ${state ?? "not there yet"}: ask again when it has settled.`)
    }
    return undefined
  }

  /** One login, from the request to its proof; undefined: proved, else why not. A look each time costs nothing. */
  const logIn = Effect.fnUntraced(function* (parts: Feed, limitMs: number, mayBeShort: boolean) {
    const { ask, asking, feed } = parts
    const untilMs = (yield* Clock.currentTimeMillis) + limitMs
    const loginBefore = asking.logins.lastLoginMs
    let isAsked = false
    while ((yield* Clock.currentTimeMillis) < untilMs) {
      const begin = begins[states.sessions.get(feed)?.state as SessionLink]
      if (!isAsked && begin !== undefined) {
        isAsked = true
        ask({ type: begin })
        yield* Effect.sleep(lookEveryMs)
      }
      const session = states.sessions.get(feed)
      // What the session was in before its new login proves nothing.
      if (session !== undefined && asking.logins.lastLoginMs > loginBefore) {
        if (session.sinceMs >= asking.logins.lastLoginMs) {
          const { acknowledged, rejected, wanted } = asking.subscriptions.totals()
          const isAnswered = acknowledged + rejected === wanted
          if (isAnswered && (session.state === "streaming" || (mayBeShort && session.state === "degraded"))) return
          if (hasGivenUp.has(session.state)) return session.lastError ?? `its session is ${session.state}`
        }
      }
      yield* Effect.sleep(lookEveryMs)
    }
    const session = states.sessions.get(feed)
    return `it was not proved within ${limitMs / 1000} s, the session is ${session?.state} (${session?.lastError ?? "no error"})`
  })

  const reload = Effect.fnUntraced(function* (
    parts: Feed,
    { feed, force, limitMs }: LoginReload,
    found: Redacted.Redacted
  ) {
    const { password } = parts.profile
    const startMs = yield* Clock.currentTimeMillis
    const tookMs = Effect.map(Clock.currentTimeMillis, (nowMs) => nowMs - startMs)
    const state = states.sessions.get(feed)?.state ?? "stopped"
    const wasUp = isUp.has(state)
    if (wasUp && !force && password.isCurrent(found)) return { result: "unchanged" as const, tookMs: 0 }
    const former = password.current()
    password.use(found)
    const why = yield* logIn(parts, limitMs, state === "degraded")
    if (why === undefined) return { result: "committed" as const, tookMs: yield* tookMs }
    if (former === undefined || !wasUp) {
      return yield* failure(
        "LOGIN_LOST",
        `The new login of ${feed} failed: ${why}. It was not logged in before either.`
      )
    }
    password.goBack(former, found)
    const lost = yield* logIn(parts, limitMs, state === "degraded")
    return yield* lost === undefined
      ? failure(
          "LOGIN_ROLLED_BACK",
          `The new login of ${feed} failed: ${why}. It is logged in with the former secret again.`
        )
      : failure("LOGIN_LOST", `The new login of ${feed} failed: ${why}. The former secret failed too: ${lost}.`)
  })

  return (ask) =>
    Effect.gen(function* () {
      const parts = feeds.find(({ feed }) => feed === ask.feed)
      const refused = refusal(parts, ask)
      if (refused !== undefined || parts === undefined) return yield* refused ?? failure("NOT_NOW", "There is no feed.")
      // Read before anything is audited as begun: a file with a wrong text is refused.
      const found = yield* Effect.try({
        try: () => parts.profile.password.peek(),
        catch: (cause) => failure("SECRET_UNREADABLE", errorText(cause))
      })
      if (found === undefined) return yield* failure("SECRET_NOT_FILE", `The secret of ${ask.feed} is no file.`)
      return Effect.suspend(() => {
        // Two may have been checked before the first one begins.
        const late = refusal(parts, ask)
        if (late !== undefined) return Effect.fail(late)
        running.add(ask.feed)
        return Effect.ensuring(
          reload(parts, ask, found),
          Effect.sync(() => running.delete(ask.feed))
        )
      })
    })
}
