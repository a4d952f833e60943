import type { SpoolFsync } from "../ports/tick-spool.ts"

/** Settings of the publisher's spool, docs/operations/spool.md. */
export interface SpoolSettings {
  readonly folder: string
  readonly maxBytes: number
  readonly fsync: SpoolFsync
  /** Ticks go to disk when the broker has confirmed nothing for this long. */
  readonly afterMs: number
}

const mebibyte = 1024 * 1024

/** `TICK_SPOOL_MAX_MB=0`: `spool` is undefined, and `unusedSpool` is the folder that it would use. */
export const spoolSettings = (
  env: {
    readonly TICK_SPOOL_DIR?: string
    readonly TICK_SPOOL_MAX_MB?: number
    readonly TICK_SPOOL_FSYNC?: SpoolFsync
    readonly TICK_SPOOL_AFTER_MS?: number
  },
  stateDir: string
): { readonly spool?: SpoolSettings; readonly unusedSpool?: string } => {
  const maxMb = env.TICK_SPOOL_MAX_MB ?? 1024
  const folder = env.TICK_SPOOL_DIR ?? `${stateDir}/spool`
  if (maxMb === 0) return { unusedSpool: folder }
  return {
    spool: {
      folder,
      maxBytes: maxMb * mebibyte,
      fsync: env.TICK_SPOOL_FSYNC ?? "interval",
      afterMs: env.TICK_SPOOL_AFTER_MS ?? 500
    }
  }
}
