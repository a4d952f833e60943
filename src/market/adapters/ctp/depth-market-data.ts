import { recordBytes, type TickSlab } from "../../../kernel/tick/tick-slab.ts"

/**
 * Copies a run of tick slots into a slab. This is the whole decoding of a tick: the shim has parsed the text, named
 * the instrument and hidden the struct's version. One memory move for a run, no object for a tick.
 */
export const copyTickRun = (ring: Uint8Array, byteOffset: number, count: number, slab: TickSlab): void => {
  slab.bytes.set(ring.subarray(byteOffset, byteOffset + count * recordBytes), slab.used * recordBytes)
  slab.used += count
}
