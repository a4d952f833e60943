// Records of every kind for a writer, from a seed: extreme values, and names that need escaping.
import { InstrumentDirectory } from "../../src/kernel/instrument/instrument-directory.ts"
import { laws } from "../../src/kernel/tick/law.ts"
import { double, recordF64, recordI32, type TickSlab, word } from "../../src/kernel/tick/tick-slab.ts"

const shfe = 2
const ids = [
  "rb2410",
  "m2109-P-3850",
  'a"b',
  "back\\slash",
  "tab\t",
  "\u0000\u001f",
  "螺纹",
  "\ufeffrb",
  "SP a2501&a2505",
  "😀\u2028"
]

export const recordNames = () => {
  const directory = new InstrumentDirectory()
  for (const id of ids) directory.resolve(id, shfe)
  return { directory, feedNames: ["primary", 'back"up é'] }
}

const edges = [
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  1.79769e308,
  1e300,
  -1e300,
  9.999e299,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  0,
  -0,
  5e-324,
  -2.2e-308,
  1e21,
  123456789012345680000,
  2 ** 53,
  -(2 ** 53),
  2 ** 31,
  -(2 ** 31) - 1,
  1e-7,
  0.1 + 0.2,
  3594.0000000000005
]

const lotsEdges = [-1, 1, 255, 256, 65_535, 65_536, 2 ** 31 - 1, -(2 ** 31)]

/** Fills a row with any values that the laws allow, and more. One in three has one level, as most exchanges send. */
export const fillRandom = (slab: TickSlab, row: number, random: () => number): void => {
  const { f64, i32, u32 } = slab
  const [d, w] = [row * recordF64, row * recordI32]
  const whole = (n: number) => Math.floor(random() * n)
  const value = (): number => {
    const kind = random()
    if (kind < 0.35) return edges[whole(edges.length)] as number
    return kind < 0.7 ? Math.round(random() * 400_000) / 5 : (random() - 0.5) * 10 ** whole(30)
  }
  for (let i = double.last; i < double.askPrice1 + 5; i++) f64[d + i] = value()
  const lots = (): number => {
    const kind = random()
    if (kind < 0.4) return 0
    return kind < 0.6 ? (lotsEdges[whole(lotsEdges.length)] as number) : whole(2 ** 32) | 0
  }
  for (let i = word.bidVolume1; i < word.askVolume1 + 5; i++) i32[w + i] = lots()
  const depth = random() < 0.33 ? 1 : whole(6)
  for (let level = depth; level < 5; level++) {
    f64[d + double.bidPrice1 + level] = f64[d + double.askPrice1 + level] = Number.MAX_VALUE
    i32[w + word.bidVolume1 + level] = i32[w + word.askVolume1 + level] = 0
  }
  i32[w + word.volume] = lots()
  u32[w + word.seqLow] = whole(2 ** 32)
  u32[w + word.seqHigh] = random() < 0.5 ? 0 : whole(2 ** 20)
  const recvNs = random() < 0.05 ? 0n : BigInt(whole(2 ** 31)) * 1_000_000_000n + BigInt(whole(1_000_000_000))
  u32[w + word.recvNsLow] = Number(recvNs & 0xffffffffn)
  u32[w + word.recvNsHigh] = Number(recvNs >> 32n)
  i32[w + word.instrument] = whole(ids.length)
  u32[w + word.verdict] = random() < 0.5 ? 0 : whole(2 ** laws.length)
  i32[w + word.lastVolume] = Math.max(-1, lots())
  i32[w + word.tradingDay] = [0, -1, 20181009, 20261123][whole(4)] as number
  i32[w + word.actionDay] = [0, -1, 20181008, 20261120][whole(4)] as number
  f64[d + double.exchangeTimeMs] = 631_152_000_000 + whole(3_471_292_800_000)
}
