import { grownF64, grownI32, grownRows } from "../../../kernel/instrument/instrument-table.ts"

/** A rhythm is known from so many gaps on; before that, silence says nothing. */
const gapsMin = 16
/** Weights of a gap: a longer one is believed soon, shorter ones only slowly, so that a rhythm errs towards patience. */
const weightUp = 1 / 8
const weightDown = 1 / 64
/** The longest gap is forgotten by half in so much time: an option that ticks in clusters stays quiet between them. */
const halfLifeMs = 1_800_000
const meanFactor = 2
/**
 * Gaps that come by chance scatter by 0.74 of their mean: 2 means and 24 scatters are some 20 means, which chance
 * exceeds once in 10^8 gaps. A contract that ticks like a clock scatters by milliseconds.
 */
const scatterFactor = 24
const longestFactor = 3
/**
 * Ticks like a clock: over so many gaps the scatter stayed below a fifth of the mean, that of chance is most of it. The scatter is the
 * jitter of the way here then, and a main contract that sends each snapshot must be missed when three are missing.
 */
const clockGapsMin = 64
const clockScatter = 0.2

/**
 * The rhythm of each instrument: exponentially weighted gap between its ticks, how much the gaps scatter, and the
 * longest of the last while. Times in milliseconds; a row is an instrument's index.
 */
export class TickRhythm {
  private gaps = new Int32Array(0)
  private mean = new Float64Array(0)
  private scatter = new Float64Array(0)
  private longest = new Float64Array(0)
  private longestAtMs = new Float64Array(0)

  /** `ticks` ticks came within `spanMs` after the one before them. Time in which nothing is expected does not belong there. */
  observe(row: number, spanMs: number, ticks: number, nowMs: number): void {
    if (row >= this.gaps.length) this.grow(row)
    // A host's clock may be set back: that is no gap below none.
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

  /** Silence up to here is ordinary for this instrument; infinite while its rhythm is not known. */
  limitMs(row: number): number {
    if (row >= this.gaps.length || (this.gaps[row] as number) < gapsMin) return Number.POSITIVE_INFINITY
    const mean = this.mean[row] as number
    const longest = this.longest[row] as number
    const scatter = this.scatter[row] as number
    if (scatter <= clockScatter * mean && (this.gaps[row] as number) >= clockGapsMin) return longestFactor * longest
    return Math.max(meanFactor * mean + scatterFactor * scatter, longestFactor * longest)
  }

  /** The longest gap of the last while, 0 before any. */
  longestMs(row: number): number {
    return this.longest[row] ?? 0
  }

  /** Forgets a rhythm. */
  reset(row: number): void {
    if (row >= this.gaps.length) return
    this.gaps[row] = 0
    this.mean[row] = 0
    this.scatter[row] = 0
    this.longest[row] = 0
  }

  private agedLongest(row: number, nowMs: number): number {
    const ageMs = nowMs - (this.longestAtMs[row] as number)
    // A straight line in place of the curve: the age between two ticks is a small part of the half-life.
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
