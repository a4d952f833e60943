// UNSUBSCRIBED must not be printed while a worker still holds its connection to a front.
import { spawn } from "node:child_process"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { openSessions } from "../../../../../../src/ops/layers/live/proofs/open-sessions.ts"
import { until } from "../../../../../support/until.ts"

const state = `/nowhere/tickd-${process.pid}`

const worker = (name: string, flow: string) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)", "--", "--flow", flow], {
        argv0: `/opt/${name}`,
        stdio: "ignore"
      })
    ),
    (child) => Effect.sync(() => void child.kill("SIGKILL"))
  )

it.live("finds the workers of this daemon, and no other process", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(openSessions(state), [])
    yield* worker("other-program", `${state}/flow/primary`)
    yield* worker("tickd-feed-worker", `${state}-2/flow/primary`)
    const own = yield* worker("tickd-feed-worker", `${state}/flow/backup`)
    yield* until("the worker", () => openSessions(state).length > 0)
    assert.deepStrictEqual(openSessions(state), [`backup (pid ${own.pid})`])
    own.kill("SIGKILL")
    yield* until("its end", () => openSessions(state).length === 0)
  })
)
