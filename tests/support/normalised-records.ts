// Records as the normaliser writes them, for tests of the parts behind it.
import { double, recordF64, recordI32, type TickSlab, word } from "../../src/kernel/tick/tick-slab.ts"

/** Writes one, with a volume derived from its number, so that a moved record is recognised. */
export const writeNormalised = (
  slab: TickSlab,
  row: number,
  tick: {
    readonly seq: number
    readonly instrument: number
    readonly receivedMs: number
    readonly tradingDay?: number
    readonly exchangeMs?: number
  }
): void => {
  const words = row * recordI32
  slab.i32.fill(0, words, words + recordI32)
  slab.u32[words + word.seqLow] = tick.seq
  const receivedNs = BigInt(tick.receivedMs) * 1_000_000n
  slab.u32[words + word.recvNsLow] = Number(receivedNs & 0xffffffffn)
  slab.u32[words + word.recvNsHigh] = Number(receivedNs >> 32n)
  slab.u32[words + word.instrument] = tick.instrument
  slab.i32[words + word.volume] = volumeOf(tick.seq)
  slab.i32[words + word.tradingDay] = tick.tradingDay ?? 20261120
  slab.i32[words + word.lastVolume] = grownOf(tick.seq)
  slab.f64[row * recordF64 + double.exchangeTimeMs] = tick.exchangeMs ?? tick.receivedMs
}

/** Lots since the instrument's last tick. */
export const grownOf = (seq: number): number => seq % 5

export const volumeOf = (seq: number): number => (seq * 7919) % 1_000_003
