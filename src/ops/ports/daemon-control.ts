import { Context, type Effect, Schema } from "effect"
import type { SwitchMessage } from "../../protocol/market/failover.ts"
import type { StatusMessage } from "../../protocol/market/status.ts"
import type { Feed } from "../domain/runbook-words.ts"

/** The daemon did not answer, or refused. `code`: its own, or `NO_ANSWER`. `message`: one sentence with the fix. */
export class DaemonControlError extends Schema.TaggedError<DaemonControlError>()("DaemonControlError", {
  code: Schema.String,
  message: Schema.String
}) {}

/** A request to switch. Units: milliseconds. */
export interface FeedSwitch {
  readonly to: Feed
  readonly drill: boolean
  readonly force: boolean
  readonly reason: string
  readonly waitMs: number
}

/**
 * The newest message of the stream of ticks at one moment, both by the clock of the NATS server: what is stored behind
 * it can be measured from here. Units: milliseconds.
 */
export interface StreamMark {
  readonly stream: string
  readonly sequence: number
  readonly atMs: number
}

/** A switch that was committed. `mark`: just before it was asked for; undefined when the stream could not be read. */
export interface CommittedSwitch {
  readonly record: SwitchMessage
  readonly mark: StreamMark | undefined
}

/** A request to log a standby feed in with its changed secret. `waitMs`: for the proof; the way back takes as long. */
export interface LoginRotation {
  readonly feed: Feed
  readonly reason: string
  readonly waitMs: number
}

/** What a runbook asks of the running daemon. Every adapter promises: one request at most reaches the daemon. */
export class DaemonControl extends Context.Service<
  DaemonControl,
  {
    readonly status: Effect.Effect<StatusMessage, DaemonControlError>
    /** Succeeds when the switch is committed. Fails with `ALREADY_ACTIVE`, `NO_SECOND_FEED` and so on. */
    readonly switchFeed: (wanted: FeedSwitch) => Effect.Effect<SwitchMessage, DaemonControlError>
    /** The last switch that was committed through this service; undefined: none was. */
    readonly lastSwitch: Effect.Effect<CommittedSwitch | undefined>
    /**
     * Gives a standby feed the secret of this run's configuration, and succeeds when its login is proved. False: it was
     * in use already. When it fails, the feed uses the former secret, and the kept file of the daemon holds that one.
     */
    readonly rotateLogin: (wanted: LoginRotation) => Effect.Effect<boolean, DaemonControlError>
    /**
     * Ends the rotations of runs that were killed: the kept file of the daemon holds the secret whose login is proved.
     * Succeeds with a sentence for each that was found; one that cannot be ended now says so. `isRunning`: the daemon
     * runs, so that only its own answer counts.
     */
    readonly settleLogins: (isRunning: boolean) => Effect.Effect<ReadonlyArray<string>>
  }
>()("tickd/ops/DaemonControl") {}
