// What people try first on a demo is to stop the broker: it must lose no more than the daemon in service would, which
// is nothing.
import { afterEach, expect, it } from "vitest"
import type { StatusMessage } from "../../src/protocol/market/status.ts"
import {
  demoAddresses,
  endCommands,
  eventually,
  freePorts,
  lastJson,
  natsPid,
  startTickd,
  stateFolder
} from "../support/cli-process.ts"

const folder = stateFolder()
let stopped = 0
afterEach(async () => {
  if (stopped > 0) process.kill(stopped, "SIGCONT")
  await endCommands()
  folder.remove()
})

// Slower than the 20,000 a second of the report, so that a busy machine keeps up. With a smaller queue, the ticks of
// 12 s are again more than ring and queue hold (65,536 and 1,000).
it("U15: a broker that stands still for 12 s loses nothing in the demo", async () => {
  const args = ["demo", "--rate", "8000", "--json", "--state", folder.path, ...freePorts]
  const demo = startTickd(args, { TICK_QUEUE_MAXSIZE: "1000" })
  const { http } = await demoAddresses(demo)
  expect(demo.stderr()).toMatch(/as 'run' by default, except: .*TICKD_MARKET_HOURS=always/)
  const account = async () => {
    const { ledger } = (await (await fetch(`${http}/status`)).json()) as StatusMessage
    return { published: ledger[0]?.published ?? 0, waiting: ledger[0]?.in_flight ?? 0 }
  }
  await eventually("ticks are stored", async () => (await account()).published > 16_000)
  const pid = natsPid(folder.path)
  process.kill(pid, "SIGSTOP")
  stopped = pid
  await new Promise((resolve) => setTimeout(resolve, 12_000))
  process.kill(pid, "SIGCONT")
  stopped = 0
  expect((await account()).waiting).toBeGreaterThan(65_536 + 1000)
  await eventually("what waited is stored", async () => (await account()).waiting < 8000, 60_000)
  demo.child.kill("SIGINT")
  const ended = await demo.ended
  expect(ended.code, ended.stderr).toBe(0)
  const report = lastJson(ended.stdout)
  expect(report).toMatchObject({ dropped: 0, conflated: 0, quarantined: 0, in_flight: 0, balanced: true })
  expect(Number(report["published"]) + Number(report["spooled"]) + Number(report["duplicate"])).toBe(report["received"])
})
