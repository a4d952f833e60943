// A rotation that ends with a feed logged out, or with the wrong feed active, must not say ROTATE=OK.
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { lookLoggedIn, lookReturned } from "../../../../../../src/ops/layers/live/proofs/rotation-proof.ts"
import { type DaemonControl, DaemonControlError } from "../../../../../../src/ops/ports/daemon-control.ts"
import type { SwitchMessage } from "../../../../../../src/protocol/market/failover.ts"
import type { StatusMessage } from "../../../../../../src/protocol/market/status.ts"

const silent = Effect.fail(new DaemonControlError({ code: "NO_ANSWER", message: "The daemon does not answer" }))

const daemonOf = (
  status: object | undefined,
  switchedTo?: "primary" | "backup"
): (typeof DaemonControl)["Service"] => ({
  status: status === undefined ? silent : Effect.succeed(status as StatusMessage),
  lastSwitch: Effect.succeed(
    switchedTo === undefined ? undefined : { record: { to: switchedTo } as SwitchMessage, mark: undefined }
  ),
  switchFeed: () => silent,
  rotateLogin: () => silent,
  settleLogins: () => Effect.succeed([])
})

it.effect("a feed is logged in when its own session is up, also with contracts that were missing before", () =>
  Effect.gen(function* () {
    for (const [state, holds] of [
      ["streaming", true],
      ["degraded", true],
      ["loggingIn", false],
      ["rejected", false],
      ["backingOff", false]
    ] as const) {
      const daemon = daemonOf({
        sessions: [
          { feed: "primary", state: "streaming" },
          { feed: "backup", state }
        ]
      })
      assert.strictEqual((yield* lookLoggedIn(daemon, "backup")).holds, holds, state)
    }
    const alone = yield* lookLoggedIn(daemonOf({ sessions: [{ feed: "primary", state: "streaming" }] }), "backup")
    assert.deepInclude(alone, {
      holds: false,
      exit: "rotate",
      why: "The session of backup is not there: run 'tickd status'"
    })
  })
)

it.effect("the feed that was active before is active again, by the last switch of the run", () =>
  Effect.gen(function* () {
    const active = (feed: string) => ({ sessions: [], failover: { active: feed } })
    assert.isTrue((yield* lookReturned(daemonOf(active("backup")))).holds)
    assert.isTrue((yield* lookReturned(daemonOf(active("primary"), "primary"))).holds)
    assert.deepInclude(yield* lookReturned(daemonOf(active("backup"), "primary")), {
      holds: false,
      exit: "switch",
      why: "The active feed is backup, not primary: run 'tickd state failover'"
    })
  })
)

it.effect("nothing is proved by a daemon that does not answer", () =>
  Effect.gen(function* () {
    assert.deepInclude(yield* lookLoggedIn(daemonOf(undefined), "backup"), { holds: false, exit: "rotate" })
    assert.deepInclude(yield* lookReturned(daemonOf(undefined)), { holds: false, exit: "switch" })
  })
)
