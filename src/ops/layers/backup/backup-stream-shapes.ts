import type { StreamShape } from "../../../protocol/control/stream-shape.ts"
import { integrityOptions, quarantineOptions, streamShape } from "../../../protocol/market/streams.ts"

const declared = [integrityOptions, quarantineOptions]

/** Streams whose records must not be lost. */
export const backedUpStreams: ReadonlyArray<string> = declared.map(({ name }) => name)

/** How a stream of a backup is created where it is not there: as the daemon declares it. */
export const shapeOfStream = (name: string, replicas: number): StreamShape | undefined => {
  const options = declared.find((each) => each.name === name)
  return options && streamShape({ ...options, replicas })
}
