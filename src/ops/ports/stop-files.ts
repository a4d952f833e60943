import { Context, type Effect, Schema } from "effect"

/** Logs were not archived, or a file was not removed. `message`: one sentence with the fix. */
export class StopFilesError extends Schema.TaggedError<StopFilesError>()("StopFilesError", {
  message: Schema.String
}) {}

/** What a stop does with files. Every adapter promises: an archive that exists is never replaced. */
export class StopFiles extends Context.Service<
  StopFiles,
  {
    /** Packs the logs of runbooks and soaks. Succeeds with the path of the archive, which is complete then. */
    readonly archive: Effect.Effect<string, StopFilesError>
    /** Removes the secrets that were made for a run. Succeeds with the paths of those that were there. */
    readonly removeSecrets: Effect.Effect<ReadonlyArray<string>, StopFilesError>
  }
>()("tickd/ops/StopFiles") {}
