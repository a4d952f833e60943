// A start that meets a cause that passes must wait for it, say so, and end at once when asked to.
import { join } from "node:path"
import { afterEach, expect, it } from "vitest"
import { daemonEnvironment, startFront } from "../support/cli-daemon.ts"
import { endCommands, eventually, holdPort, nativeFolder, startTickd, stateFolder } from "../support/cli-process.ts"

let folder: ReturnType<typeof stateFolder> | undefined
afterEach(async () => {
  await endCommands()
  folder?.remove()
})

/** A daemon with a trader library whose front has the fault `fault`, and without a stored contract list. */
const startDaemon = async (fault: string, more: Readonly<Record<string, string>>) => {
  const front = await startFront()
  folder = stateFolder()
  const { port, release } = await holdPort()
  await release()
  const trader = {
    CTP_TD_LIBRARY: join(nativeFolder, "libtickd_sim_td_65.so"),
    CTP_PRIMARY_TD_ADDRESS: "tcp://127.0.0.1:1",
    TICKD_SIM_TD_FAULT: fault,
    CTP_CONNECT_TIMEOUT_MS: "5000"
  }
  const env = {
    ...daemonEnvironment(folder.path, front.address),
    ...trader,
    INGEST_METRICS_PORT: String(port),
    ...more
  }
  const daemon = startTickd(["run", "--embedded-nats"], env)
  const readiness = async () => await (await fetch(`http://127.0.0.1:${port}/readyz`)).text()
  return { daemon, readiness }
}

it("V5: goes on with the wanted set while the trader front does not answer, and says that the catalogue waits", async () => {
  const { daemon, readiness } = await startDaemon("silent-login", { CTP_LOGIN_TIMEOUT_MS: "1000" })
  await eventually("ready", async () => (await readiness()).startsWith("ready\n"), 30_000)
  await daemon.printed(/"event":"contracts_not_refreshed"/)
  await eventually("warned", async () => (await readiness()).startsWith("ready\nwarning: contracts: The trader front"))
  daemon.child.kill("SIGTERM")
  const { code, stdout } = await daemon.ended
  expect(code).toBe(0)
  expect(stdout).toMatch(/"event":"ledger".*"received":[1-9]/)
})

it("V6: without an instrument waits for the first contract list, not ready, and SIGTERM ends the query", async () => {
  const { daemon, readiness } = await startDaemon("no-connect", {
    TICKD_INSTRUMENTS: "",
    CTP_CONNECT_TIMEOUT_MS: "60000"
  })
  await eventually("not ready", async () => /no contract list yet/.test(await readiness()), 30_000)
  const startMs = performance.now()
  daemon.child.kill("SIGTERM")
  expect((await daemon.ended).code).toBe(0)
  // The query alone would wait for 60 s.
  expect(performance.now() - startMs).toBeLessThan(30_000)
})

it("V6: SIGTERM ends a start that waits for its state folder", async () => {
  const { daemon, readiness } = await startDaemon("none", { TICKD_STATE_DIR: "/proc/tickd" })
  await eventually(
    "waits",
    async () => (await readiness()).startsWith("not ready: daemon starting; state folder: "),
    30_000
  )
  daemon.child.kill("SIGTERM")
  expect(await daemon.ended).toMatchObject({ code: 0, stderr: "" })
})
