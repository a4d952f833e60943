import { Effect, Layer } from "effect"
import { DaemonEvents } from "../events/daemon-events.ts"
import { Causes } from "../lowest.ts"
import { noteWaiting } from "./waiting-streams.ts"

/** Enters what fails on the wait board, and takes it off when it works. */
export const waitLayer = Layer.effectDiscard(
  Effect.gen(function* () {
    const waiting = yield* Causes
    const events = yield* DaemonEvents
    events.subscribe("waiting", (event) => noteWaiting(waiting, event))
  })
)
