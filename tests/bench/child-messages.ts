import type { BenchFormat } from "./suite.ts"

/** Settings of a run for its child process; passed as one argument, JSON. */
export interface LineRun {
  readonly natsUrl: string
  readonly natsPid: number
  readonly stateDir: string
  readonly instruments: number
  /**
   * Addresses of fronts with the generated market, one for each feed; omit to let the library make ticks for one feed.
   */
  readonly fronts?: ReadonlyArray<string> | undefined
  readonly format: BenchFormat
  /** Ticks a second, 0: as fast as the ring takes them. */
  readonly rate: number
  readonly ticks: number
  /** Ticks back to back; 1: evenly paced. */
  readonly burst: number
  /** Ticks acknowledged before the measurement begins: compilation and first allocations are over then. */
  readonly warmUpTicks: number
  /** Pause with everything acknowledged before memory is read. */
  readonly settleMs: number
  /** Interval of memory readings; omit for none. */
  readonly rssEveryMs?: number
  /** Port of the metrics; omit for any. */
  readonly httpPort?: number
}

export interface BareRun {
  readonly natsUrl: string
  readonly sampleFile: string
  readonly messages: number
  readonly warmUpMessages: number
  readonly window: number
  /** Messages that share an answer; 1: one each. */
  readonly group: number
}

/** The daemon's own ledger of the run, in ticks. */
export interface RunLedger {
  readonly received: number
  readonly published: number
  readonly duplicate: number
  readonly quarantined: number
  readonly dropped: number
  readonly balanced: boolean
}

/** A child's only line on stdout. Rates and CPU are those of the measurement, memory that at its end. */
export interface LineReport {
  readonly ticksPerSecond: number
  readonly daemonCpuUs: number
  readonly workerCpuUs: number
  readonly serverCpuUs: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  readonly daemonRssMb: number
  readonly workerRssMb: number
  readonly serverRssMb: number
  readonly burstsMs: ReadonlyArray<number>
  /** Milliseconds since the window opened, MB. */
  readonly rssSamples: ReadonlyArray<readonly [ms: number, mb: number]>
  /** Memory of V8's new space at each of `rssSamples`, MB. */
  readonly newSpaceSamplesMb: ReadonlyArray<number>
  /** JavaScript's objects and buffers that survive a full collection, MB, when memory is watched; zeros otherwise. */
  readonly liveMb: readonly [atOpening: number, atClose: number]
  readonly ledger: RunLedger
}

export interface BareReport {
  readonly messagesPerSecond: number
  readonly cpuUs: number
}

/** Real messages of the line for the bare loop: the same subjects, the same bytes. */
export interface Sample {
  readonly messages: ReadonlyArray<{ readonly subject: string; readonly text: string }>
}

/** Settings of the child of the suite `exactly-once`. */
export interface IdRun {
  readonly natsUrl: string
  readonly natsPid: number
  readonly messages: number
  readonly warmUpMessages: number
  readonly window: number
  readonly subjects: number
  readonly payloadBytes: number
  /** Each message carries a `Nats-Msg-Id`. */
  readonly messageIds: boolean
  readonly duplicateWindowMs: number
}

export interface IdReport {
  readonly messagesPerSecond: number
  readonly clientCpuUs: number
  readonly serverCpuUs: number
  /** At the end, with every id still inside the window. */
  readonly serverRssMb: number
}

/** How a stored stream is read. `own`: the reader of tickd-client; the others: the official ordered consumer. */
export type ReaderWay = "own" | "iterator" | "callback"

export interface ReaderRun {
  readonly natsUrl: string
  readonly natsPid: number
  readonly way: ReaderWay
  /** Messages asked for ahead. */
  readonly capacity: number
  /** `live`: only what is stored after the reader began. */
  readonly from: "start" | "live"
  /** Stream sequence of the last message: the run ends with it, or after `idleMs` without any. */
  readonly last: number
  readonly idleMs: number
  /** The server gets SIGKILL after so many messages; 0: one second after the reader began. Absent: never. */
  readonly killAfter?: number
}

export interface ReaderReport {
  readonly messages: number
  readonly messagesPerSecond: number
  readonly clientCpuUs: number
  readonly serverCpuUs: number
  readonly peakRssMb: number
  /** Messages that were returned again, or are older than `live`. */
  readonly repeated: number
  /** Messages that were never returned, up to `last`. */
  readonly lost: number
  /** The longest time between two messages. */
  readonly pauseMs: number
  /** Why the reader ended by itself. */
  readonly error?: string
}

/** How the telemetry port is served. */
export type TelemetryWay = "node" | "effect"

export interface TelemetryRun {
  readonly way: TelemetryWay
  /** How long each paced phase lasts. */
  readonly phaseMs: number
  /** Sequential requests at full speed. */
  readonly requests: number
}

/**
 * Delay of a loop that wakes each millisecond and works like the line at 20,000 ticks/s: the waiting time of a tick.
 */
export interface Lateness {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

export interface TelemetryReport {
  readonly quiet: Lateness
  /** The same with 20 scrapes of /metrics a second. */
  readonly scraped: Lateness
  readonly metricsCpuUs: number
  readonly healthCpuUs: number
  /** Reading /metrics without any server. */
  readonly renderCpuUs: number
  readonly startMs: number
  readonly rssMb: number
}
