import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { StatusMessage } from "../../src/protocol/market/status.ts"
import { eventually } from "../support/cli-process.ts"
import { makeServer, quarantinedIn, startDaemon, startLoad, storedIn, wait } from "./fault-line.ts"
import { judge, type Stored } from "./ledger-check.ts"
import { policies } from "./policies.ts"

const awayMs = 15_000
const killAfterMs = 5000

export const daemonKilled = {
  name: "daemon killed",
  what: `the server is away for ${awayMs / 1000} s, the daemon is killed (SIGKILL) ${killAfterMs / 1000} s into it with the spool on, and started again when the server is back`
}

/** Two runs of a daemon with a kill between them, and the stream's content of the first. Ticks. */
export interface KillRun {
  /** Confirmed, and in the spool, by the last status before the kill. */
  readonly confirmed: number
  readonly spooled: number
  /** Ticks of the first run that the second reports as stored. */
  readonly recovered: number
  readonly stored: number
  /** Up to the youngest stored one: in no message, in more than one, behind a younger one of their instrument. */
  readonly missing: number
  readonly duplicated: number
  readonly reordered: number
  /** Of the second run: numbers that are in no message, or in more than one; its exit code and ledger. */
  readonly afterMissing: number
  readonly afterDuplicated: number
  readonly exitCode: number | null
  readonly balanced: boolean
}

/** Everything that was confirmed or spooled is stored, once and in sequence, and the second run lost nothing. */
export const isSoundKill = (run: KillRun): boolean =>
  run.spooled > 0 &&
  run.stored >= run.confirmed + run.spooled &&
  run.missing + run.duplicated + run.reordered + run.afterMissing + run.afterDuplicated === 0 &&
  run.balanced &&
  run.exitCode === 0

const processOf = (stored: ReadonlyArray<Stored>, received: number, setAside: ReadonlySet<number>) =>
  judge({ received, stored, setAside, gaps: [] })

/** A daemon that is killed in an outage, and the next one. */
export const runKill = async (): Promise<KillRun> => {
  const folder = mkdtempSync(join(tmpdir(), "tickd-faults-"))
  const server = await makeServer(folder)
  const front = startLoad()
  try {
    const env = policies.find(({ name }) => name === "spool")?.env ?? {}
    const address = await front.address
    const begin = () => startDaemon({ state: join(folder, "state"), address, natsPort: server.port, env })
    const first = await begin()
    await eventually("the daemon is ready", first.ready, 30_000)
    await wait(3000)
    const back = server.restart("SIGKILL", awayMs, false)
    await wait(killAfterMs)
    const before = await first.status()
    first.daemon.child.kill("SIGKILL")
    await first.daemon.ended
    await back
    const second = await begin()
    const isEmptied = ({ ready, spool }: StatusMessage) => ready && spool?.ticks === 0 && spool.recovered > 0
    const emptied = async () => {
      const status = await second.status()
      return isEmptied(status) ? status : undefined
    }
    const after = await eventually("the spool of the first life is stored", emptied, 60_000)
    await wait(2000)
    second.daemon.child.kill("SIGTERM")
    const { code, stdout } = await second.daemon.ended
    const ledger = second.ledgerIn(stdout)
    const stored = await storedIn(server.url)
    // The second run counts from 1 again, behind the last tick of the first.
    const split = stored.findIndex(({ seq }, index) => seq < (stored[index - 1]?.seq ?? 0) / 2)
    const ofFirst = stored.slice(0, split < 0 ? stored.length : split)
    const ofSecond = split < 0 ? [] : stored.slice(split)
    const setAside = await quarantinedIn(server.url)
    const firstLife = processOf(
      ofFirst,
      ofFirst.reduce((most, { seq }) => Math.max(most, seq), 0),
      setAside
    )
    const secondLife = processOf(ofSecond, Number(ledger["received"] ?? 0), setAside)
    return {
      confirmed: before.ledger[0]?.published ?? 0,
      spooled: before.spool?.ticks ?? 0,
      recovered: after.spool?.recovered ?? 0,
      stored: ofFirst.length,
      missing: firstLife.missing,
      duplicated: firstLife.duplicated,
      reordered: firstLife.reordered,
      afterMissing: secondLife.missing,
      afterDuplicated: secondLife.duplicated,
      exitCode: code,
      balanced: ledger["balanced"] === true
    }
  } finally {
    await front.stop()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
