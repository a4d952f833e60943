import { epochBucketName, eventStreamName, integrityStream, quarantineStream, stateBucketName } from "./stream-names.ts"

const mebibyte = 1024 * 1024

/**
 * Bytes that a stream beside the ticks is made with where nothing else is configured: broken feeds, a machine gone
 * wild or years of certificates must not fill the disk that the ticks need. An operator may give a stream that exists
 * any other bound.
 */
const defaults: ReadonlyMap<string, number> = new Map([
  // some 400,000 quarantined ticks
  [quarantineStream, 256 * mebibyte],
  [integrityStream, 512 * mebibyte],
  [eventStreamName, 512 * mebibyte],
  [`KV_${stateBucketName}`, 64 * mebibyte],
  [`KV_${epochBucketName}`, 16 * mebibyte]
])

/** All of them together; what is left of a store is for the ticks. */
export const bytesBesideTicks = [...defaults.values()].reduce((sum, bytes) => sum + bytes, 0)

/**
 * Undefined: the stream of ticks, whose bound is TICK_STREAM_MAX_BYTES, or what is left of an embedded server's store.
 */
export const defaultBytesOf = (stream: string): number | undefined => defaults.get(stream)

/** Part of a small store that the streams beside the ticks may take together, and what the server needs for itself. */
const besideShare = 0.25
const ownShare = 0.02

/**
 * The bound of each stream in a store of `storeBytes`: together they fit it, and at least seven tenths are for the
 * ticks.
 */
export const boundsIn = (storeBytes: number, streams: ReadonlyArray<string>): ReadonlyMap<string, number> => {
  const scale = Math.min(1, (storeBytes * besideShare) / bytesBesideTicks)
  const bounds = new Map<string, number>()
  for (const stream of streams) {
    const bytes = defaultBytesOf(stream)
    if (bytes !== undefined) bounds.set(stream, Math.floor(bytes * scale))
  }
  const beside = [...bounds.values()].reduce((sum, bytes) => sum + bytes, 0)
  for (const stream of streams) {
    if (!bounds.has(stream)) bounds.set(stream, Math.floor(storeBytes * (1 - ownShare) - beside))
  }
  return bounds
}
