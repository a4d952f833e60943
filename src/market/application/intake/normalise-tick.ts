import { chinaCalendar, type TradingCalendar } from "../../../kernel/calendar/trading-calendar.ts"
import { noHours, PhaseCache, type PhaseSource } from "../../../kernel/calendar/trading-phase.ts"
import type { Exchange } from "../../../kernel/instrument/exchange.ts"
import type { Instrument } from "../../../kernel/instrument/instrument.ts"
import { parseInstrumentCode } from "../../../kernel/instrument/instrument-code.ts"
import type { InstrumentDirectory } from "../../../kernel/instrument/instrument-directory.ts"
import { instrumentTextProblem } from "../../../kernel/instrument/instrument-text.ts"
import { bitOf } from "../../../kernel/tick/law.ts"
import { double, recordF64, recordI32, word } from "../../../kernel/tick/tick-slab.ts"
import { dayShown, HostClock, inTimeMs } from "../../../kernel/time/host-clock.ts"
import { exchangeMs, makeMoment, receivedMs } from "../../../kernel/time/moment.ts"
import { TickLaws } from "../../domain/checks/tick-laws.ts"
import { VolumeGrowth } from "../../domain/checks/volume-growth.ts"
import { LastTicks } from "../../domain/tick/last-ticks.ts"
import { resolveTradingTime, TradingTime } from "../../domain/tick/trading-time.ts"
import { firstLawReason, quarantineReasons } from "./ledger.ts"
import { liveClock, type TickClock } from "./tick-clock.ts"
import { duplicateTick, type NormaliseTick } from "./tick-intake.ts"

const unknownInstrument = quarantineReasons.indexOf("unknown_instrument")
const noExchangeTime = quarantineReasons.indexOf("no_exchange_time")
const snapshotMark = bitOf("snapshot")

/** Counts of ticks that passed the laws, for operators. Not part of the ledger's law. */
export interface TimeCounts {
  /** Instant or trading day outside the calendar: holidays were not known. */
  beyondCalendar: number
  /** ActionDay was a date, and the tick is not from that day. */
  timeRepaired: number
  /** Exchange time minus this host's clock, measured on ticks, milliseconds; 0: they agree. */
  clockOffsetMs: number
}

/**
 * Turns a raw slot into a tick in place: names its instrument, resolves its exchange time and trading day, checks the
 * laws, and adds `last_volume` and flags. A quarantined tick keeps its raw bytes. `loginTradingDay` returns the
 * yyyymmdd of the last login, 0 before the first. Allocates nothing for a known instrument.
 */
export const makeNormaliseTick = (options: {
  readonly directory: InstrumentDirectory
  readonly loginTradingDay: () => number
  /** Trading hours of an instrument's product. Omit when not known: laws that need them are then not applied. */
  readonly hours?: PhaseSource
  /** Trading days. Omit for the shipped calendar. */
  readonly calendar?: TradingCalendar
  /** Clock to compare exchange times with. Omit for the receive time of each tick. */
  readonly clock?: TickClock
  /** Counters of repaired days and of ticks outside the calendar. Omit to disable. */
  readonly times?: TimeCounts
  /** Volumes of the feed's instruments. Omit to keep them here only. */
  readonly growth?: VolumeGrowth
  /** The offset of the host's clock became known, or is gone (0). Days that were resolved before may be wrong. */
  readonly onClock?: (offsetMs: number) => void
}): NormaliseTick => {
  const { directory, loginTradingDay } = options
  const clock = options.clock ?? liveClock
  const calendar = options.calendar ?? chinaCalendar
  const times = options.times ?? { beyondCalendar: 0, timeRepaired: 0, clockOffsetMs: 0 }
  const phases = new PhaseCache(options.hours ?? noHours)
  const last = new LastTicks()
  const growth = options.growth ?? new VolumeGrowth()
  const laws = new TickLaws((index) => {
    const { id, exchange } = directory.at(index) as Instrument
    return { exchange, kind: parseInstrumentCode(id)?.kind, priceTick: directory.contractOf(id)?.priceTick }
  })
  const host = new HostClock()
  const clockChanged = () => {
    times.clockOffsetMs = host.offsetMs
    growth.forgetSnapshots()
    options.onClock?.(host.offsetMs)
  }
  /** Receive time by the exchanges' clock, where ticks have shown an offset of this host's clock. */
  const trueReceipt = (
    index: number,
    exchange: Exchange,
    updateSec: number,
    updateMs: number,
    actionDay: number,
    tradingDay: number,
    receiveMs: number
  ): number => {
    let inTime = host.isInTime(updateSec, updateMs, receiveMs)
    if (!inTime || actionDay !== host.today) {
      const shown = dayShown(updateSec, actionDay, tradingDay, exchange)
      const off = host.distance(updateSec, updateMs, receiveMs, shown, calendar)
      inTime = off <= inTimeMs && off >= -inTimeMs
      if (!inTime) {
        if (host.observe(index, off, receiveMs)) clockChanged()
        return receiveMs + host.offsetMs
      }
    }
    if (host.inTime(receiveMs)) clockChanged()
    return receiveMs
  }
  const time = new TradingTime()
  const moment = makeMoment()
  return (slab, row, symbols) => {
    const words = row * recordI32
    const { i32, u32 } = slab
    const symbol = u32[words + word.instrument] as number
    let index = symbols.resolved[symbol] ?? -1
    if (index < 0) {
      const id = symbols.ids[symbol]
      // A text that no front can use as an id is damage of the line, whichever exchange is named with it.
      const isText = id !== undefined && instrumentTextProblem(id) === undefined
      const found = !isText ? undefined : directory.resolve(id, i32[words + word.exchange] as number)
      if (found === undefined) return unknownInstrument
      index = found.index
      symbols.resolved[symbol] = index
    }
    const instrument = directory.at(index)
    if (instrument === undefined) return unknownInstrument
    if (last.isRepeated(slab, row, index)) return duplicateTick
    clock.read(slab, row, moment)
    const updateSec = i32[words + word.updateSec] as number
    const updateMs = i32[words + word.updateMs] as number
    if (clock.isReceipt && updateSec >= 0) {
      moment[receivedMs] = trueReceipt(
        index,
        instrument.exchange,
        updateSec,
        updateMs,
        i32[words + word.actionDay] as number,
        i32[words + word.tradingDay] as number,
        moment[receivedMs] as number
      )
    }
    const verdict = resolveTradingTime(
      updateSec,
      updateMs,
      i32[words + word.actionDay] as number,
      i32[words + word.tradingDay] as number,
      instrument.exchange,
      loginTradingDay(),
      clock.isReceipt ? (moment[receivedMs] as number) : 0,
      calendar,
      time
    )
    if (verdict !== 0) return noExchangeTime
    moment[exchangeMs] = time.exchangeTimeMs
    // A replay's clock follows the ticks: a time ahead of it, also after a break, is the next row and not the future.
    if (!clock.isReceipt && time.exchangeTimeMs > (moment[receivedMs] as number)) {
      moment[receivedMs] = time.exchangeTimeMs
    }
    const { tradingDay } = time
    const broken = laws.judge(slab, row, index, moment, tradingDay, phases.at(index, moment), time.stale)
    if (broken !== 0) return firstLawReason + broken - 1
    clock.passed(moment)
    if (time.beyondCalendar) times.beyondCalendar++
    if (time.repaired) times.timeRepaired++
    const { flags } = laws
    last.keep(slab, row, index)
    u32[words + word.instrument] = index
    u32[words + word.verdict] = flags
    i32[words + word.tradingDay] = tradingDay
    i32[words + word.lastVolume] = growth.grow(
      index,
      tradingDay,
      i32[words + word.volume] as number,
      (flags & snapshotMark) !== 0,
      laws.hasVolume
    )
    slab.f64[row * recordF64 + double.exchangeTimeMs] = time.exchangeTimeMs
    return 0
  }
}
