import { Clock, Effect, Random } from "effect"
import { errorText } from "../../../../kernel/error-text.ts"
import type { LinkTimes } from "../settings.ts"
import { type LossKind, Pauses } from "./pauses.ts"
import type { OpenSocket, TextSocket } from "./text-socket.ts"

export interface Loss {
  readonly kind: LossKind
  readonly cause: string
}

/** The protocol of one connection. It acts when something happens and never waits. */
export interface Conversation {
  readonly opened: () => void
  /** Gives a loss to end the connection. */
  readonly received: (text: string) => Loss | undefined
  /** Every quarter of the silence time, once ready. Gives a loss to end the connection. */
  readonly tick: () => Loss | undefined
  /** Asks the venue for any message. */
  readonly probe: () => void
  readonly isReady: () => boolean
}

export interface LinkOptions {
  readonly url: string
  readonly times: LinkTimes
  readonly open: OpenSocket["Service"]
  /** A new connection. `send` goes to it. */
  readonly converse: (send: (text: string) => void) => Conversation
  readonly onConnect: () => void
  readonly onLoss: (loss: Loss) => void
  /** False: there is no connect yet. */
  readonly mayConnect: () => boolean
  /** What a refusal depends on, such as the keys: a refused connection is tried again when it has changed. */
  readonly credentials: () => string
  /** Why there are no keys to send: nothing connects meanwhile. */
  readonly keysProblem: () => string | undefined
}

const lost = (cause: string): Loss => ({ kind: "lost", cause })

/** A defect of the reader must not end the program: the socket calls from outside of every fiber. */
const answerTo = (conversation: Conversation, text: string): Loss | undefined => {
  try {
    return conversation.received(text)
  } catch (defect) {
    return lost(`a message cannot be handled: ${errorText(defect)}`)
  }
}

/** One connection, from its connect to its loss, and for how long it was ready. */
const connection = Effect.fnUntraced(function* (options: LinkOptions) {
  const { times } = options
  const clock = yield* Clock.Clock
  const now = () => clock.currentTimeMillisUnsafe()
  const startedMs = now()
  let heardMs = startedMs
  let probedMs = startedMs
  let readyAtMs: number | undefined
  let socket: TextSocket | undefined
  let talk: Conversation | undefined
  const ended = Effect.callback<Loss>((resume) => {
    const end = (loss: Loss | undefined) => {
      if (loss === undefined) return
      socket?.close()
      resume(Effect.succeed(loss))
    }
    talk = options.converse((text) => socket?.send(text))
    const conversation = talk
    try {
      socket = options.open(options.url, {
        opened: () => {
          conversation.opened()
          if (readyAtMs === undefined && conversation.isReady()) readyAtMs = now()
        },
        received: (text) => {
          heardMs = now()
          const loss = answerTo(conversation, text)
          if (readyAtMs === undefined && conversation.isReady()) readyAtMs = heardMs
          end(loss)
        },
        lost: (cause, kind = "lost") => end({ kind, cause })
      })
    } catch {
      end({ kind: "refused", cause: "the address of the socket cannot be used" })
    }
    return Effect.sync(() => socket?.close())
  })
  const watched = Effect.gen(function* () {
    for (;;) {
      yield* Effect.sleep(times.silenceMs / 4)
      const nowMs = now()
      if (readyAtMs === undefined) {
        if (nowMs - startedMs >= times.handshakeMs) return lost(`not ready within ${times.handshakeMs} ms`)
        continue
      }
      const loss = talk?.tick()
      if (loss !== undefined) return loss
      const silentMs = nowMs - heardMs
      if (silentMs >= 2 * times.silenceMs) return lost(`no message for ${silentMs} ms, and no answer to a question`)
      if (silentMs >= times.silenceMs && probedMs <= heardMs) {
        probedMs = nowMs
        talk?.probe()
      }
    }
  })
  const loss = yield* Effect.raceFirst(ended, watched)
  return { loss, readyMs: readyAtMs === undefined ? 0 : now() - readyAtMs }
})

/** Connects again and again, for ever. Two connects are never closer than the pause. */
export const keepConnected = Effect.fnUntraced(function* (options: LinkOptions): Effect.fn.Return<never> {
  const pauses = new Pauses(options.times)
  for (;;) {
    const problem = options.keysProblem()
    if (problem !== undefined) {
      options.onLoss({ kind: "refused", cause: problem })
      while (options.keysProblem() !== undefined) yield* Effect.sleep(options.times.pauseMinMs)
    }
    while (!options.mayConnect()) yield* Effect.sleep(options.times.pauseMinMs / 4)
    const credentials = options.credentials()
    options.onConnect()
    const { loss, readyMs } = yield* connection(options)
    options.onLoss(loss)
    yield* Effect.sleep(pauses.after(loss.kind, readyMs, yield* Random.next))
    if (loss.kind !== "refused") continue
    // Rarely even with the same keys: a venue that was wrong must not leave the daemon deaf for ever.
    for (let waitedMs = 0; waitedMs < options.times.refusedPauseMs; waitedMs += options.times.pauseMaxMs) {
      if (options.credentials() !== credentials) break
      yield* Effect.sleep(options.times.pauseMaxMs)
    }
  }
})
