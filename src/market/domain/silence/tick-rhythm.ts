import { grownF64, grownI32, grownRows } from "../../../kernel/instrument/instrument-table.ts"

/** A rhythm is known after this many gaps. Before that, silence proves nothing. */
const gapsMin = 16
/**
 * Weights of a gap: long gaps count quickly and short ones slowly, so that the limit is rather too long than too
 * short.
 */
const weightUp = 1 / 8
const weightDown = 1 / 64
/** Half-life of the longest gap: an option that ticks in clusters is silent between them. */
const halfLifeMs = 1_800_000
const meanFactor = 2
/**
 * Random gaps scatter by 0.74 of their mean: 2 means plus 24 scatters are about 20 means, which a random gap exceeds
 * once in 10^8. A regular contract scatters by milliseconds only.
 */
const scatterFactor = 24
const longestFactor = 3
/**
 * A contract ticks regularly when its scatter stays below a fifth of the mean over this many gaps; the scatter is
 * then network jitter. A main contract that sends every snapshot is reported when three are missing.
 */
const clockGapsMin = 64
const clockScatter = 0.2

/**
 * The rhythm of each instrument: exponentially weighted mean of the gaps between its ticks, their scatter, and the
 * recent longest gap. Times in milliseconds; a row is an instrument's index.
 */
export class TickRhythm {
  private gaps = new Int32Array(0)
  private mean = new Float64Array(0)
  private scatter = new Float64Array(0)
  private longest = new Float64Array(0)
  private longestAtMs = new Float64Array(0)

  /** `ticks` ticks arrived within `spanMs` after the one before them. Leave out time in which no tick is expected. */
  observe(row: number, spanMs: number, ticks: number, nowMs: number): void {
    if (row >= this.gaps.length) this.grow(row)
    // The host's clock may be set back, and gaps are never negative.
    const gap = Math.max(0, spanMs) / ticks
    const seen = this.gaps[row] as number
    this.gaps[row] = seen + ticks
    const mean = this.mean[row] as number
    if (seen === 0) this.mean[row] = gap
    else {
      const weight = Math.max(gap > mean ? weightUp : weightDown, 1 / (seen + 1))
      this.mean[row] = mean + weight * (gap - mean)
      const off = Math.abs(gap - mean)
      const scatter = this.scatter[row] as number
      this.scatter[row] = scatter + Math.max(off > scatter ? weightUp : weightDown, 1 / (seen + 1)) * (off - scatter)
    }
    const aged = this.agedLongest(row, nowMs)
    this.longest[row] = Math.max(gap, aged)
    this.longestAtMs[row] = nowMs
  }

  /** Silence up to this limit is normal for this instrument; infinite while its rhythm is not known. */
  limitMs(row: number): number {
    if (row >= this.gaps.length || (this.gaps[row] as number) < gapsMin) return Number.POSITIVE_INFINITY
    const mean = this.mean[row] as number
    const longest = this.longest[row] as number
    const scatter = this.scatter[row] as number
    if (scatter <= clockScatter * mean && (this.gaps[row] as number) >= clockGapsMin) return longestFactor * longest
    return Math.max(meanFactor * mean + scatterFactor * scatter, longestFactor * longest)
  }

  /** Mean of the gaps; infinite while the rhythm is not known. */
  meanMs(row: number): number {
    return row >= this.gaps.length || (this.gaps[row] as number) < gapsMin
      ? Number.POSITIVE_INFINITY
      : (this.mean[row] as number)
  }

  /** The recent longest gap; 0 before the first. */
  longestMs(row: number): number {
    return this.longest[row] ?? 0
  }

  reset(row: number): void {
    if (row >= this.gaps.length) return
    this.gaps[row] = 0
    this.mean[row] = 0
    this.scatter[row] = 0
    this.longest[row] = 0
  }

  private agedLongest(row: number, nowMs: number): number {
    const ageMs = nowMs - (this.longestAtMs[row] as number)
    // Linear instead of exponential: the time between two ticks is a small part of the half-life.
    return (this.longest[row] as number) * Math.max(0, 1 - (ageMs / halfLifeMs) * Math.LN2)
  }

  private grow(row: number): void {
    const rows = grownRows(this.gaps.length, row)
    this.gaps = grownI32(this.gaps, rows)
    this.mean = grownF64(this.mean, rows)
    this.scatter = grownF64(this.scatter, rows)
    this.longest = grownF64(this.longest, rows)
    this.longestAtMs = grownF64(this.longestAtMs, rows)
  }
}
