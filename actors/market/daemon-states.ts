import type { AnyMachineSnapshot, AnyStateMachine, StateValueFrom } from "xstate"
import type { daemonMachine } from "../../machines/daemon-machine.ts"
import { failoverLabel } from "../../machines/market/failover-events.ts"
import type { failoverMachine } from "../../machines/market/failover-machine.ts"
import type { feedWorkerMachine } from "../../machines/market/feed-worker-machine.ts"
import {
  type SessionCause,
  type SessionLink,
  sessionLink,
  sessionTroubles
} from "../../machines/market/session-events.ts"
import type { sessionMachine } from "../../machines/market/session-machine.ts"
import type { Standing } from "../runtime/machine-actor.ts"

/** Begin of a state, epoch milliseconds. `crashed`: the actor has ended, and its supervisor restarts it. */
interface StateOf<State extends string> {
  readonly state: State | "crashed" | "stopped"
  readonly sinceMs: number
}

/** State of a feed's session. */
export interface SessionState extends StateOf<SessionLink> {
  /** Consecutive failures since the session was last healthy. */
  readonly attempts: number
  /** Why it is degraded. */
  readonly troubles: ReadonlyArray<string>
  readonly cause: SessionCause | undefined
  readonly lastError: string | undefined
  readonly tradingDay: string | undefined
}

type FailoverLabel = NonNullable<Extract<StateValueFrom<typeof failoverMachine>, object>["label"]>

/** State of a feed's worker. */
export interface WorkerState extends StateOf<StateValueFrom<typeof feedWorkerMachine>> {
  readonly lastError: string | undefined
}

/** The state after `before`: keeps its begin while the state is the same and the machine has not restarted. */
const next = <State extends string, M extends AnyStateMachine>(
  before: StateOf<State> | undefined,
  standing: Standing<M>,
  named: (value: unknown) => State
): StateOf<State> => {
  const state = standing.type === "stands" ? named((standing.snapshot as AnyMachineSnapshot).value) : standing.type
  const goesOn = before?.state === state && !(standing.type === "stands" && standing.begins)
  return { state, sinceMs: goesOn ? before.sinceMs : standing.atMs }
}

/**
 * States of machines for decisions: readiness, failover, a retry. Their actors write them. The registry has the same
 * states for display, without types.
 */
export class DaemonStates {
  /** By feed; a feed without a session has none yet. */
  readonly sessions = new Map<string, SessionState>()
  readonly workers = new Map<string, WorkerState>()
  daemon: StateOf<StateValueFrom<typeof daemonMachine>> | undefined
  failover: StateOf<FailoverLabel> | undefined

  noteSession(feed: string, standing: Standing<typeof sessionMachine>): void {
    const before = this.sessions.get(feed)
    const { attempts, cause, lastError, tradingDay, troubles } =
      standing.type === "stands"
        ? { ...standing.snapshot.context, troubles: sessionTroubles(standing.snapshot.context) }
        : { attempts: 0, cause: undefined, lastError: undefined, tradingDay: undefined, troubles: [], ...before }
    this.sessions.set(feed, {
      ...next(before, standing, sessionLink),
      attempts,
      cause,
      lastError: standing.type === "crashed" ? standing.error : lastError,
      tradingDay,
      troubles
    })
  }

  noteWorker(feed: string, standing: Standing<typeof feedWorkerMachine>): void {
    const before = this.workers.get(feed)
    const { lastError } = standing.type === "stands" ? standing.snapshot.context : { lastError: before?.lastError }
    this.workers.set(feed, {
      ...next(before, standing, (value) => value as StateValueFrom<typeof feedWorkerMachine>),
      lastError: standing.type === "crashed" ? standing.error : lastError
    })
  }

  noteDaemon(standing: Standing<typeof daemonMachine>): void {
    this.daemon = next(this.daemon, standing, (value) => value as StateValueFrom<typeof daemonMachine>)
  }

  noteFailover(standing: Standing<typeof failoverMachine>): void {
    this.failover = next(this.failover, standing, (value) => failoverLabel(value) as FailoverLabel)
  }
}
