// A table of callbacks that is one off receives no tick and dies of the first front error: the whole line has to run
// with each family of the vendor's library, not only with the one that the developer has.
import { Effect, Exit, Scope } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { daemonEnvironment, startFront } from "../support/cli-daemon.ts"
import { endCommands, eventually, holdPort, logLines, startTickd, stateFolder } from "../support/cli-process.ts"
import { families, simLibrary } from "../support/native-worker.ts"
import { startServer } from "../support/nats-server.ts"

const scope = Effect.runSync(Scope.make())
const folders: Array<ReturnType<typeof stateFolder>> = []
let nats = ""
beforeAll(async () => {
  nats = (await Effect.runPromise(startServer().pipe(Effect.provideService(Scope.Scope, scope)))).url
})
afterAll(async () => {
  await endCommands()
  await Effect.runPromise(Scope.close(scope, Exit.void))
  for (const folder of folders) folder.remove()
})

it.each(families)("V1: a daemon with the library of family %s stores ticks by one worker", async (family) => {
  const front = await startFront()
  const held = await holdPort()
  await held.release()
  const folder = stateFolder()
  folders.push(folder)
  const daemon = startTickd(
    ["run"],
    daemonEnvironment(folder.path, front.address, {
      CTP_MD_LIBRARY: simLibrary(family),
      NATS_URL: nats,
      INGEST_METRICS_PORT: String(held.port),
      TICKD_INSTANCE: "families"
    })
  )
  const stored = await eventually(
    "ticks are stored",
    async () => {
      const [ledger] = (
        (await (await fetch(`http://127.0.0.1:${held.port}/status`)).json()) as {
          readonly ledger: ReadonlyArray<{ readonly published: number }>
        }
      ).ledger
      return ledger !== undefined && ledger.published >= 20 ? ledger.published : undefined
    },
    40_000
  )
  expect(stored).toBeGreaterThanOrEqual(20)
  daemon.child.kill("SIGTERM")
  const { code, stdout, stderr } = await daemon.ended
  expect(code, stderr).toBe(0)
  const events = logLines(stdout).map(({ event }) => event)
  expect(events.filter((event) => event === "library_ready").length, "one worker for the whole life").toBe(1)
  const [account] = logLines(stdout).filter(({ event }) => event === "ledger")
  expect(account?.["ledger"]).toMatchObject([{ balanced: true, dropped_total: 0, quarantined_total: 0 }])
})
