import type { MemoryDisk } from "../../market/adapters/memory/memory-disk.ts"
import { readSegmentHead, scanFrames } from "../../market/adapters/spool/segment.ts"
import type { SpoolSettings } from "../../market/config/spool-settings.ts"
import { Dice } from "../faults/dice.ts"
import type { RunTimes } from "../run-times.ts"
import { SeqSet } from "../witnesses/seq-set.ts"
import { feedNames } from "./scale.ts"

const mebibyte = 1024 * 1024
const folder = "/spool"
/** One seed in this many has no spool: its ticks wait in memory. */
const withoutSpool = 4
/**
 * Segments have one mebibyte. With `drop-oldest` a spool drops the oldest segment of which nothing was sent and which
 * is not being written: with one or two segments there is mostly none, and eight are never filled.
 */
const sizesMb = [1, 2, 3, 3, 4, 8]

/** The spool of a seed: mostly so small that a long outage fills it. */
export const spoolOf = (seed: number): SpoolSettings | undefined => {
  const dice = new Dice(seed, 5)
  if (dice.whole(1, withoutSpool) === 1) return undefined
  return {
    folder,
    maxBytes: dice.pick(sizesMb) * mebibyte,
    fsync: dice.pick(["never", "interval", "always"] as const),
    afterMs: 500
  }
}

const segmentsOf = (disk: MemoryDisk): ReadonlyArray<Buffer> =>
  [...disk.files.keys()]
    .filter((path) => path.endsWith(".spool"))
    .map((path) => {
      const content = disk.read(path)
      return Buffer.from(content.buffer, content.byteOffset, content.byteLength)
    })

/** Bytes behind the last whole record of each segment: a start has to cut and report them. */
export const tornBytes = (disk: MemoryDisk): number =>
  segmentsOf(disk).reduce((sum, bytes) => {
    const head = readSegmentHead(bytes)
    return sum + bytes.length - (head === undefined ? 0 : scanFrames(bytes, head.length, () => undefined))
  }, 0)

/** Ticks with a whole record on the disk, stored or not, by run and feed. */
export const ticksOnDisk = (disk: MemoryDisk, runTimes: RunTimes): ReadonlyArray<ReadonlyArray<SeqSet>> => {
  const found = runTimes.startsMs.map(() => feedNames.map(() => new SeqSet()))
  for (const bytes of segmentsOf(disk)) {
    const head = readSegmentHead(bytes)
    if (head === undefined) continue
    scanFrames(bytes, head.length, ({ token, feedSeq, receivedMs }) =>
      found[runTimes.at(receivedMs)]?.[token]?.add(feedSeq)
    )
  }
  return found
}
