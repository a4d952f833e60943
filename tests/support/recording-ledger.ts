// One recording through normalisation and laws, on its own clock: the ledger in docs/reference/recordings.md.
import { basename } from "node:path"
import { chinaCalendar } from "../../src/kernel/calendar/trading-calendar.ts"
import { TradingSessions } from "../../src/kernel/calendar/trading-sessions.ts"
import type { Contract } from "../../src/kernel/instrument/contract.ts"
import { InstrumentDirectory } from "../../src/kernel/instrument/instrument-directory.ts"
import { phaseSourceOf } from "../../src/kernel/instrument/instrument-hours.ts"
import {
  double,
  recordF64,
  recordI32,
  SlabPool,
  type TickBatch,
  type TickSlab,
  word
} from "../../src/kernel/tick/tick-slab.ts"
import { TickLedger as Book, quarantineReasons, type TickLedger } from "../../src/market/application/intake/ledger.ts"
import { makeNormaliseTick } from "../../src/market/application/intake/normalise-tick.ts"
import { makeReplayClock } from "../../src/market/application/intake/tick-clock.ts"
import { makeTickIntake } from "../../src/market/application/intake/tick-intake.ts"
import { rawRecords } from "./recording-records.ts"

export interface RecordingLedger {
  readonly file: string
  readonly rows: number
  readonly published: number
  readonly duplicate: number
  readonly quarantined: Readonly<Record<string, number>>
  readonly flagged: Readonly<Record<string, number>>
  /** Published ticks whose exchange time has another time of day than UpdateTime and UpdateMillisec. */
  readonly wrongInstants: number
  readonly firstQuarantined: ReadonlyArray<string>
}

const shanghaiOffsetMs = 28_800_000

const describeRow = (slab: TickSlab, row: number, id: string, reason: string): string => {
  const [w, d] = [row * recordI32, row * recordF64]
  const { i32, f64 } = slab
  return `${reason} ${id} ${i32[w + word.actionDay]} ${i32[w + word.updateSec]}.${i32[w + word.updateMs]} last ${f64[d + double.last]} volume ${i32[w + word.volume]} bid ${f64[d + double.bidPrice1]} x ${i32[w + word.bidVolume1]} ask ${f64[d + double.askPrice1]} x ${i32[w + word.askVolume1]}`
}

/** Counts every row with the daemon's own code; `onRow` gets each batch after the laws. */
export const judgeRecording = async (
  file: string,
  contracts: Iterable<Contract>,
  onBatch: (batch: TickBatch) => void = () => undefined
): Promise<RecordingLedger> => {
  const directory = new InstrumentDirectory(contracts)
  const symbols = { ids: [] as Array<string | undefined>, resolved: [] as Array<number> }
  let rows = 0
  let wrongInstants = 0
  const firstQuarantined: Array<string> = []
  const ledger: TickLedger = new Book("recording", () => ({ received: rows, dropped: 0, empty: true }))
  const timesOfDay = new Map<number, number>()
  const intake = makeTickIntake({
    feed: 0,
    pool: new SlabPool({ rows: 512, keep: 2 }),
    queue: {
      room: () => 512,
      push: (batch: TickBatch) => {
        for (let at = batch.start; at < batch.start + batch.count; at++) {
          const settled = batch.slab.f64[at * recordF64 + double.exchangeTimeMs] as number
          if ((settled + shanghaiOffsetMs) % 86_400_000 !== timesOfDay.get(batch.slab.seq(at))) wrongInstants++
        }
        ledger.published += batch.count
        ledger.queued -= batch.count
        onBatch(batch)
      },
      whenRoom: () => undefined
    } as never,
    ledger,
    normalise: makeNormaliseTick({
      directory,
      loginTradingDay: () => 0,
      clock: makeReplayClock(),
      hours: phaseSourceOf(directory, new TradingSessions(chinaCalendar))
    }),
    onQuarantined: (slab, row, reason, named) => {
      const name = quarantineReasons[reason] ?? "?"
      if (firstQuarantined.filter((text) => text.startsWith(name)).length < 3) {
        firstQuarantined.push(
          describeRow(slab, row, named.ids[slab.u32[row * recordI32 + word.instrument] as number] ?? "?", name)
        )
      }
    }
  })
  for await (const { slab, count } of rawRecords(file, symbols)) {
    timesOfDay.clear()
    for (let row = 0; row < count; row++) {
      const w = row * recordI32
      timesOfDay.set(
        slab.seq(row),
        (slab.i32[w + word.updateSec] as number) * 1000 + (slab.i32[w + word.updateMs] as number)
      )
    }
    rows += count
    while (symbols.resolved.length < symbols.ids.length) symbols.resolved.push(-1)
    intake.accept(slab, 0, symbols)
  }
  const { quarantined, flagged, balanced } = ledger.snapshot()
  if (!balanced) throw new Error(`${file}: the account does not balance: ${JSON.stringify(ledger.snapshot())}`)
  return {
    file: basename(file),
    rows,
    published: ledger.published,
    duplicate: ledger.duplicate,
    quarantined: quarantined as Record<string, number>,
    flagged: flagged as Record<string, number>,
    wrongInstants,
    firstQuarantined
  }
}

const pairs = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ") || "-"

/** The table of the page, one row for each file. */
export const recordingTable = (accounts: ReadonlyArray<RecordingLedger>): string =>
  [
    "| recording | rows | published | share | duplicates | quarantined | flagged | wrong instants |",
    "|---|--:|--:|--:|--:|---|---|--:|",
    ...accounts.map((account) => {
      const share = (100 * account.published) / (account.rows - account.duplicate)
      return `| ${account.file} | ${account.rows} | ${account.published} | ${share.toFixed(3)} % | ${account.duplicate} | ${pairs(account.quarantined)} | ${pairs(account.flagged)} | ${account.wrongInstants} |`
    })
  ].join("\n")
