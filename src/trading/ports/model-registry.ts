import { Context, type Effect, Schema } from "effect"
import type { Bundle, BundleError, BundleManifest } from "../domain/signal/bundle/bundle.ts"

/** Which model serves. `revision` counts the changes; a change names the one that it saw. */
export const ActiveModel = Schema.Struct({
  revision: Schema.Int,
  version: Schema.String,
  /** What served before, the newest first: a rollback takes the first one. */
  earlier: Schema.Array(Schema.String),
  at: Schema.String,
  by: Schema.String,
  reason: Schema.String
})
export type ActiveModel = typeof ActiveModel.Type

export class RegistryError extends Schema.TaggedError<RegistryError>()("RegistryError", {
  code: Schema.Literals([
    "MODEL_UNKNOWN",
    "MODEL_NONE_ACTIVE",
    "MODEL_NONE_EARLIER",
    "MODEL_CHANGED_MEANWHILE",
    "REGISTRY_UNREADABLE",
    "REGISTRY_NOT_WRITTEN"
  ]),
  message: Schema.String
}) {}

/** One folder of the registry; `manifest` is as it stands there and not checked. */
export interface ListedModel {
  readonly version: string
  readonly manifest: BundleManifest | undefined
}

/** Who changes the active model, when and why. */
export interface ModelChange {
  readonly by: string
  readonly at: string
  readonly reason: string
}

/**
 * Bundles by version, and which of them serves. Every adapter promises: the active model changes as a whole, and only
 * while its revision is the one that the caller saw; what was read before a crash is read after it.
 */
export class ModelRegistry extends Context.Service<
  ModelRegistry,
  {
    readonly list: Effect.Effect<ReadonlyArray<ListedModel>, RegistryError>
    readonly load: (version: string) => Effect.Effect<Bundle, BundleError | RegistryError>
    /** Undefined: none was ever activated. */
    readonly active: Effect.Effect<ActiveModel | undefined, RegistryError>
    /** `seen`: revision of the active model that the caller read; 0 for none. */
    readonly replaceActive: (next: ActiveModel, seen: number) => Effect.Effect<void, RegistryError>
  }
>()("tickd/trading/ModelRegistry") {}
