// A runbook that reads or switches another daemon, or takes silence for success, is worse than none: the real daemon.
import { Effect } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { daemonControl } from "../../../src/ops/adapters/nats/daemon-control.ts"
import { DaemonControl } from "../../../src/ops/ports/daemon-control.ts"
import { endCommands, stateFolder } from "../../support/cli-process.ts"
import { liveSettings } from "../../support/live-settings.ts"
import { streamingTwoFeeds } from "../../support/two-feeds.ts"

const folder = stateFolder()
let stack: Awaited<ReturnType<typeof streamingTwoFeeds>>["stack"]
let daemon: Awaited<ReturnType<typeof streamingTwoFeeds>>["daemon"]

beforeAll(async () => {
  ;({ daemon, stack } = await streamingTwoFeeds(folder.path))
})
afterAll(async () => {
  await endCommands()
  folder.remove()
})

const run = <A, E>(
  use: (control: (typeof DaemonControl)["Service"]) => Effect.Effect<A, E>,
  more: Partial<Parameters<typeof liveSettings>[0]> = {}
) =>
  Effect.runPromise(
    Effect.flatMap(DaemonControl, use).pipe(
      Effect.provide(daemonControl(liveSettings({ natsUrl: stack.nats, instance: "acceptance", ...more }))),
      Effect.flip,
      Effect.flip
    )
  )
const failure = (
  use: (control: (typeof DaemonControl)["Service"]) => Effect.Effect<unknown, { code: string; message: string }>,
  more: Partial<Parameters<typeof liveSettings>[0]> = {}
) => run((control) => Effect.flip(use(control)), more)

const wanted = { to: "backup", drill: false, force: false, reason: "runbook: switchFeed", waitMs: 9_000 } as const

it("the daemon of the settings reports its status and commits a switch, which its audit attributes to the runbook", async () => {
  expect((await run(({ status }) => status)).failover?.active).toBe("primary")
  const committed = await run(({ switchFeed }) => switchFeed(wanted))
  expect(committed).toMatchObject({ kind: "failover", to: "backup", cause: "manual", result: "committed" })
  expect((await run(({ status }) => status)).failover?.active).toBe("backup")
  const again = await failure(({ switchFeed }) => switchFeed(wanted))
  expect(again.code).toBe("ALREADY_ACTIVE")
  const drill = await run(({ switchFeed }) => switchFeed({ ...wanted, to: "primary", drill: true }))
  expect(drill).toMatchObject({ kind: "failback", cause: "drill", result: "committed" })
  expect(daemon.stdout()).toContain('"client":"tickd live"')
}, 60_000)

it("another instance, another server and refused credentials are kept apart, each with its fix", async () => {
  const absent = await failure(({ status }) => status, { instance: "absent" })
  expect(absent).toMatchObject({ code: "NO_ANSWER" })
  expect(absent.message).toBe(
    "No daemon absent answers on NATS: start it with 'tickd live start', or set TICKD_INSTANCE to the name of the one that runs."
  )
  const away = await failure(({ status }) => status, { natsUrl: "nats://127.0.0.1:9" })
  expect(away.code).toBe("NATS_UNREACHABLE")
  const unnamed = await failure(({ status }) => status, { instance: "two words" })
  expect(unnamed.code).toBe("WRONG_USE")
}, 60_000)
