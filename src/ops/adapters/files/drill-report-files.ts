import { createHash } from "node:crypto"
import { renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Schema } from "effect"
import { cureOf, systemCodeOf } from "../../../kernel/system-fault.ts"
import { makeFolders } from "../../../platform/process/make-folders.ts"
import { type DrillReport, drillMarkdown } from "../../domain/drill/drill-report.ts"

/** The report of a drill cannot be written. `message`: one sentence with the fix. */
export class DrillReportError extends Schema.TaggedError<DrillReportError>()("DrillReportError", {
  message: Schema.String
}) {}

/**
 * Writes `NAME.json` and `NAME.md` into the folder; each file is whole at every moment. Succeeds with the path of the
 * JSON file and the hash of its text.
 */
export const writeDrillReport = (
  folder: string,
  name: string,
  report: DrillReport
): Effect.Effect<{ readonly path: string; readonly sha256: string }, DrillReportError> =>
  Effect.try({
    try: () => {
      const text = `${JSON.stringify(report, null, 2)}\n`
      makeFolders(folder)
      for (const [ending, content] of [["json", text] as const, ["md", drillMarkdown(report)] as const]) {
        const beside = join(folder, `.${name}.${ending}.part`)
        writeFileSync(beside, content, { mode: 0o640 })
        renameSync(beside, join(folder, `${name}.${ending}`))
      }
      return { path: join(folder, `${name}.json`), sha256: createHash("sha256").update(text).digest("hex") }
    },
    catch: (cause) =>
      new DrillReportError({
        message: `The report of the drill cannot be written to ${folder} (${systemCodeOf(cause)}): ${cureOf(cause, "name another folder with --log-dir")}`
      })
  })
