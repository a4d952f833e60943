import { Context, type Effect, Schema } from "effect"
import type { KeptFile, RetentionKind } from "../domain/retention/retention-rule.ts"

/** A folder or a file that retention does not touch, or cannot. `message`: one sentence with the fix. */
export class RetentionError extends Schema.TaggedError<RetentionError>()("RetentionError", {
  code: Schema.Literals(["FOLDER_IS_SYMLINK", "FOLDER_UNREADABLE", "FILE_NOT_DELETED"]),
  message: Schema.String
}) {}

/** What the folders of one kind hold. `skipped`: links, folders and devices, which are never followed or deleted. */
export interface FoundFiles {
  readonly files: ReadonlyArray<KeptFile>
  readonly skipped: number
  /** Folders that exist. */
  readonly folders: number
}

/**
 * The folders of logs. Every adapter promises: only regular files directly in a folder of their kind are listed and
 * deleted, no symbolic link is followed, and a folder that is one is refused.
 */
export class RetentionFiles extends Context.Service<
  RetentionFiles,
  {
    readonly list: (kind: RetentionKind) => Effect.Effect<FoundFiles, RetentionError>
    /**
     * Deletes a listed file. False: it was left alone, because it has changed since it was listed or is gone.
     */
    readonly remove: (kind: RetentionKind, file: KeptFile) => Effect.Effect<boolean, RetentionError>
  }
>()("tickd/ops/RetentionFiles") {}
