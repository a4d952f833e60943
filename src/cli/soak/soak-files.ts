import { renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { cureOf } from "../../kernel/system-fault.ts"
import { makeFolders } from "../../platform/process/make-folders.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import type { SoakMeasure } from "./soak-measure.ts"
import { type SoakSummary, samplesCsv, subjectsCsv, windowsCsv } from "./soak-summary.ts"

/**
 * Files of a run in one folder; they replace those of the run before. Each file is complete at every moment: it is
 * written beside and renamed. Fails with `OUTPUT_NOT_WRITTEN`.
 */
export const soakFiles = (folder: string, topN: number) => {
  const write = (files: Readonly<Record<string, string>>) =>
    Effect.try({
      try: () => {
        makeFolders(folder)
        for (const [name, text] of Object.entries(files)) {
          const beside = join(folder, `.${name}.part`)
          writeFileSync(beside, text)
          renameSync(beside, join(folder, name))
        }
      },
      catch: (cause) =>
        new UserError({
          code: "OUTPUT_NOT_WRITTEN",
          message: `The files of the run cannot be written to ${folder} (${errorText(cause)}): ${cureOf(cause, "name another folder with --out-dir")}.`,
          exitCode: exitCodes.badInput
        })
    })
  const shortOf = (measure: SoakMeasure, summary: SoakSummary) => ({
    "mps_timeseries.csv": windowsCsv(measure.windows),
    "summary.json": `${JSON.stringify(summary, null, 2)}\n`
  })
  return {
    /** After each window: what a killed run leaves. The other files are of the size of the market. */
    writeProgress: (measure: SoakMeasure, summary: SoakSummary) => write(shortOf(measure, summary)),
    writeAll: (measure: SoakMeasure, summary: SoakSummary) =>
      write({
        "top_subjects.csv": subjectsCsv(measure.topSubjects(topN)),
        "per_exchange.json": `${JSON.stringify(summary.per_exchange, null, 2)}\n`,
        "latency_samples.csv": samplesCsv(measure.reservoir.samples),
        ...shortOf(measure, summary)
      })
  }
}
