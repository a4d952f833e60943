import { Effect, Ref } from "effect"
import type { Bundle } from "../../domain/signal/bundle/bundle.ts"
import { ModelRegistry } from "../../ports/model-registry.ts"

/** The model that predicts, with the revision that made it the active one. */
export interface ServingModel {
  readonly revision: number
  readonly bundle: Bundle
}

export type ReloadOutcome =
  | { readonly kind: "unchanged" }
  | { readonly kind: "loaded"; readonly version: string; readonly revision: number }
  /** The new model cannot be used; the old one, if there is one, goes on. */
  | { readonly kind: "kept"; readonly code: string; readonly message: string }

/**
 * Holds the model that predicts. A reload loads and checks the new one first and then puts it in place in one step: a
 * request takes the model once, so that none is dropped and none is answered by two models.
 * `isLive`: real money trades, and a model of generated prices is not loaded.
 */
export const makeServingModel = Effect.fnUntraced(function* (isLive: boolean) {
  const registry = yield* ModelRegistry
  const held = yield* Ref.make<ServingModel | undefined>(undefined)
  const reload: Effect.Effect<ReloadOutcome> = Effect.gen(function* () {
    const active = yield* registry.active
    const now = yield* Ref.get(held)
    if (active === undefined || active.revision === now?.revision) return { kind: "unchanged" } as const
    const bundle = yield* registry.load(active.version)
    if (isLive && bundle.manifest.market === "synthetic") {
      const message = `${active.version} was trained on generated prices`
      return { kind: "kept", code: "MODEL_SYNTHETIC", message } as const
    }
    yield* Ref.set(held, { revision: active.revision, bundle })
    return { kind: "loaded", version: active.version, revision: active.revision } as const
  }).pipe(Effect.catch(({ code, message }) => Effect.succeed({ kind: "kept", code, message } as const)))
  return { current: Ref.get(held), reload }
})
