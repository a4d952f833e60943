import { FrontError } from "../front/front-error.ts"
import { type RecordingColumn, recordingColumns } from "./recording-columns.ts"

const byName = new Map(recordingColumns.map((column) => [column.name, column]))

/**
 * Columns of a file in the sequence of its header; an unknown column is `undefined` and skipped.
 * Errors: RECORDING_HEADER when one of the 44 is missing or named twice.
 */
export const readHeader = (file: string, line: string): ReadonlyArray<RecordingColumn | undefined> => {
  const names = line.replace(/^\u00ef\u00bb\u00bf/, "").split(",")
  const missing = recordingColumns.filter((column) => !names.includes(column.name)).map((column) => column.name)
  if (missing.length > 0) {
    const shown =
      missing.length > 4 ? `${missing.slice(0, 4).join(", ")} and ${missing.length - 4} more` : missing.join(", ")
    throw new FrontError({
      code: "RECORDING_HEADER",
      message: `${file}: line 1 has no column ${shown}; give a recording whose header has the 44 fields of CThostFtdcDepthMarketDataField`,
      line: 1
    })
  }
  const twice = names.find((name, index) => byName.has(name) && names.indexOf(name) !== index)
  if (twice !== undefined) {
    throw new FrontError({
      code: "RECORDING_HEADER",
      message: `${file}: line 1 names the column ${twice} twice; remove one of the two`,
      line: 1
    })
  }
  return names.map((name) => byName.get(name))
}
