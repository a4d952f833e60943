import { recordBytes, type TickSlab } from "../../../kernel/tick/tick-slab.ts"

/**
 * Copies a run of tick slots into a slab: the whole decoding of a tick, since the shim has already parsed its text, named its
 * instrument and hidden the struct's version. One memory move a run, no object a tick.
 */
export const copyTickRun = (ring: Uint8Array, byteOffset: number, count: number, slab: TickSlab): void => {
  slab.bytes.set(ring.subarray(byteOffset, byteOffset + count * recordBytes), slab.used * recordBytes)
  slab.used += count
}
