import { Effect, Schema } from "effect"
import type { Bundle } from "../../domain/signal/bundle/bundle.ts"
import { type ShadowReport, shadowOf } from "../../domain/signal/bundle/shadow.ts"
import { type ActiveModel, type ModelChange, ModelRegistry, RegistryError } from "../../ports/model-registry.ts"

/** A model that may not serve. */
export class ModelRefused extends Schema.TaggedError<ModelRefused>()("ModelRefused", {
  code: Schema.Literals(["MODEL_SYNTHETIC", "MODEL_SHADOW_FAILED"]),
  message: Schema.String
}) {}

export interface Activation {
  readonly version: string
  /** Revision that the caller saw; undefined: the one that is there now. */
  readonly seen: number | undefined
  /** Real money trades: a model of generated prices is refused. */
  readonly isLive: boolean
  /** Serve although the shadow validation did not pass; a person has looked at it. */
  readonly force: boolean
  readonly change: ModelChange
}

export interface Activated {
  readonly active: ActiveModel
  readonly shadow: ShadowReport
}

const earlierMost = 20

const nextOf = (before: ActiveModel | undefined, version: string, change: ModelChange): ActiveModel => ({
  revision: (before?.revision ?? 0) + 1,
  version,
  earlier: [
    ...(before === undefined || before.version === version ? [] : [before.version]),
    ...(before?.earlier ?? []).filter((other) => other !== version && other !== before?.version)
  ].slice(0, earlierMost),
  ...change
})

const refuseSynthetic = ({ manifest }: Bundle, isLive: boolean) =>
  isLive && manifest.market === "synthetic"
    ? Effect.fail(
        new ModelRefused({
          code: "MODEL_SYNTHETIC",
          message: `${manifest.version} was trained on generated prices: it does not serve where real money trades`
        })
      )
    : Effect.void

/** Loads and checks the new model, compares it with the active one on its golden rows, and makes it the active one. */
export const activateModel = Effect.fnUntraced(function* ({ change, force, isLive, seen, version }: Activation) {
  const registry = yield* ModelRegistry
  const next = yield* registry.load(version)
  yield* refuseSynthetic(next, isLive)
  const before = yield* registry.active
  // An active model that cannot be loaded any more must not prevent its replacement.
  const serving =
    before === undefined ? undefined : yield* Effect.orElseSucceed(registry.load(before.version), () => undefined)
  const shadow = shadowOf(next, serving)
  if (!shadow.passed && !force) {
    return yield* new ModelRefused({
      code: "MODEL_SHADOW_FAILED",
      message: `${version} did not pass the shadow validation of ${shadow.samples} samples: ${shadow.reason}`
    })
  }
  const active = nextOf(before, version, change)
  yield* registry.replaceActive(active, seen ?? before?.revision ?? 0)
  return { active, shadow } satisfies Activated
})

/** Makes the model that served before the active one again. It is checked; it was compared when it came first. */
export const rollbackModel = Effect.fnUntraced(function* (isLive: boolean, change: ModelChange) {
  const registry = yield* ModelRegistry
  const before = yield* registry.active
  if (before === undefined) {
    return yield* new RegistryError({ code: "MODEL_NONE_ACTIVE", message: "No model is active: activate one" })
  }
  const [version, ...rest] = before.earlier
  if (version === undefined) {
    return yield* new RegistryError({
      code: "MODEL_NONE_EARLIER",
      message: `${before.version} is the first active model: there is nothing to go back to`
    })
  }
  const next = yield* registry.load(version)
  yield* refuseSynthetic(next, isLive)
  // What is left is not among the earlier ones: a second rollback goes one further back.
  const active: ActiveModel = { revision: before.revision + 1, version, earlier: rest, ...change }
  yield* registry.replaceActive(active, before.revision)
  return active
})
