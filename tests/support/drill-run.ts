import { Effect, Exit, Layer, Scope } from "effect"
import { chinaCalendar } from "../../src/kernel/calendar/trading-calendar.ts"
import { daemonControl } from "../../src/ops/adapters/nats/daemon-control.ts"
import { DrillJournal } from "../../src/ops/domain/drill/drill-journal.ts"
import type { LiveRequest } from "../../src/ops/domain/live-flags.ts"
import type { LiveSettings } from "../../src/ops/domain/live-settings.ts"
import { drillProofs } from "../../src/ops/layers/drill/drill-proofs.ts"
import { Configuration } from "../../src/ops/ports/configuration.ts"
import { DaemonControl } from "../../src/ops/ports/daemon-control.ts"
import { DrillProofs, type DrillStage } from "../../src/ops/ports/drill-proofs.ts"
import { RunLog } from "../../src/ops/ports/run-log.ts"
import { liveRequest } from "./live-settings.ts"

/** A configuration that has been checked, of a market that never closes unless `alwaysOpen` says otherwise. */
export const checkedConfiguration = (alwaysOpen = true, calendar = chinaCalendar) =>
  Layer.succeed(Configuration, {
    check: () =>
      Effect.succeed({ warnings: [], calendar, alwaysOpen, streams: [], shmBytes: 0, libraryFault: undefined })
  })

/** The proofs of one drill against a running daemon, one stage at a time, with the log that they write. */
export const openDrill = async (settings: LiveSettings) => {
  const journal = new DrillJournal()
  const log: Array<string> = []
  const write = (level: string, message: string) => Effect.sync(() => void log.push(`${level} ${message}`))
  const scope = await Effect.runPromise(Scope.make())
  const layer = drillProofs({ settings, journal }).pipe(
    Layer.provideMerge(daemonControl(settings)),
    Layer.provide(checkedConfiguration()),
    Layer.provide(Layer.succeed(RunLog, { write, mark: write, follow: () => Effect.void }))
  )
  const context = await Effect.runPromise(Layer.buildWithScope(layer, scope))
  const inDrill = <A, E>(effect: Effect.Effect<A, E, DrillProofs | DaemonControl>) =>
    Effect.runPromise(Effect.provide(effect, context).pipe(Effect.flip, Effect.flip))
  const proof = (stage: DrillStage, more: Partial<LiveRequest> = {}) =>
    Effect.flatMap(DrillProofs, (proofs) => proofs[stage](liveRequest("drill", more)))
  return {
    journal,
    log,
    prove: (stage: DrillStage, more?: Partial<LiveRequest>) => inDrill(proof(stage, more)),
    refusal: (stage: DrillStage, more?: Partial<LiveRequest>) => inDrill(Effect.flip(proof(stage, more))),
    switchTo: (to: "primary" | "backup") =>
      inDrill(
        Effect.flatMap(DaemonControl, ({ switchFeed }) =>
          switchFeed({ to, drill: true, force: false, reason: "test", waitMs: 9_000 })
        )
      ),
    close: () => Effect.runPromise(Scope.close(scope, Exit.void))
  }
}
