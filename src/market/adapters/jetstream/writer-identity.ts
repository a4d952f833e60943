import type { EpochRecord } from "../../../protocol/market/epoch.ts"
import { LinkError } from "./publish-errors.ts"

/** The daemon that wants to write a stream. */
export interface WriterIdentity {
  readonly stream: string
  /** Name of the daemon, for people. Two daemons may have the same. */
  readonly instance: string
  readonly host: string
  readonly pid: number
  /** Random id of one run of one daemon. */
  readonly run: string
  /** Id of the spool that the runs of this daemon share; absent without one. */
  readonly spool?: string
  /** Id of the state folder that the runs of this daemon share; absent when the disk keeps none. */
  readonly home?: string
  /** Whether the run that wrote a record is proven to have ended; absent: never proven. */
  readonly hasEnded?: (record: EpochRecord) => boolean
  /** Take the epoch of a running writer. */
  readonly takeOver: boolean
}

export const daemonOf = ({ instance, host, pid, epoch }: EpochRecord): string =>
  `tickd ${instance} on ${host} (pid ${pid}, epoch ${epoch})`

/**
 * A run with the same spool continues its row; one without a spool is identified by its state folder. A name proves
 * nothing.
 */
export const rowAfter = (former: EpochRecord | undefined, epoch: number, who: WriterIdentity): number => {
  if (former === undefined) return epoch
  const isOurs =
    former.spool === undefined || who.spool === undefined
      ? former.home !== undefined && former.home === who.home
      : former.spool === who.spool
  return isOurs ? (former.row ?? former.epoch) : epoch
}

export const fencedError = ({ stream }: WriterIdentity, by: EpochRecord, epoch: number): string =>
  `The stream ${stream} has another writer since epoch ${by.epoch}, ${daemonOf(by)}: this one (epoch ${epoch}) publishes nothing and takes the stream back when that one has left; to take it back now, restart it with 'tickd run --take-over'.`

export const lostError = (sentence: string) =>
  new LinkError({ code: "PUBLISHER_FENCED", retryable: false, message: sentence })

export const writerActive = (stream: string, holder: EpochRecord | undefined): LinkError =>
  new LinkError({
    code: "WRITER_ACTIVE",
    retryable: false,
    message: `The stream ${stream} has a running writer, ${holder === undefined ? "whose record cannot be read" : daemonOf(holder)}: stop it first, name another stream with TICK_STREAM, or take it over with 'tickd run --take-over'.`
  })

export const unconfirmedError = (stream: string, silentMs: number, why: string): LinkError =>
  new LinkError({
    code: "EPOCH_UNCONFIRMED",
    retryable: true,
    message: `No answer has confirmed for ${Math.round(silentMs)} ms that this daemon is the writer of ${stream} (${why}): the connection is given up and a new one makes sure.`
  })
