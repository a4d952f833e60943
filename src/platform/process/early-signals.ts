/** Where `src/app/tickd.mjs` keeps the signals that arrived while the program was loaded. */
const key = Symbol.for("tickd/early-signals")

interface EarlySignals {
  readonly signals: Array<{ readonly signal: NodeJS.Signals; readonly atMs: number }>
  /** Its handlers end. */
  readonly stop: () => void
}

/** The first signal that arrived before the program had its own handlers, which are there now. */
export const takeEarlySignals = (): EarlySignals["signals"] => {
  const early = (globalThis as { readonly [key]?: EarlySignals })[key]
  early?.stop()
  return early?.signals.splice(0).slice(0, 1) ?? []
}
