import type { Clock } from "effect"
import { FrontTally } from "./front-counts.ts"
import type { FrontSession } from "./front-session.ts"
import type { FrontEvent, SessionHost } from "./session-host.ts"
import { Signal } from "./signal.ts"

/** Shared state of the sessions, pumps and faults of one front. */
export class FrontState implements SessionHost {
  readonly clock: Clock.Clock
  readonly sendingListSize: number
  /** Ticks have no clock of their own (a recording at full speed): wait for slow sessions instead of cutting them. */
  readonly paced: boolean
  readonly onEvent: (event: FrontEvent) => void
  readonly sessions = new Set<FrontSession>()
  readonly tally = new FrontTally()
  readonly changed = new Signal()
  /** Grows whenever receivers change: pumps then rebuild their filters. */
  version = 0

  /** States that faults set. */
  loginErrorId: number | undefined
  answersLogins = true
  /** The only password that is accepted; undefined: any. */
  password: string | undefined
  staleSnapshot: boolean
  readonly stoppedInstruments = new Set<string>()
  /** Refused instruments, and the number of further ones to refuse. */
  refusals: { left: number; readonly errorId: number; readonly ids: Set<string> } | undefined

  /** Trading day of the login answer. */
  tradingDay: () => string = () => ""
  /** Last known tick of an instrument, 408 bytes. */
  lastTick: (instrumentId: string) => Buffer | undefined = () => undefined

  constructor(options: {
    readonly clock: Clock.Clock
    readonly sendingListSize: number
    readonly paced: boolean
    readonly staleSnapshot: boolean
    readonly onEvent: (event: FrontEvent) => void
  }) {
    this.clock = options.clock
    this.sendingListSize = options.sendingListSize
    this.paced = options.paced
    this.staleSnapshot = options.staleSnapshot
    this.onEvent = options.onEvent
  }

  /** The error that refuses this instrument; undefined: it is accepted. */
  refusalOf(instrumentId: string): number | undefined {
    const { refusals } = this
    if (refusals === undefined) return undefined
    if (refusals.ids.has(instrumentId)) return refusals.errorId
    if (refusals.left === 0) return undefined
    refusals.left--
    refusals.ids.add(instrumentId)
    return refusals.errorId
  }

  nowMs(): number {
    return this.clock.currentTimeMillisUnsafe()
  }

  /** Sessions, subscriptions or stopped instruments have changed. */
  touch(): void {
    this.version++
    this.changed.notify()
  }
}
