import { Schema } from "effect"
import { readReserved, reserveFile, writeReserved } from "./reserved-file.ts"

const KeptLine = Schema.Struct({ path: Schema.String, line: Schema.String })
type KeptLine = typeof KeptLine.Type
const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Array(KeptLine)))

/** Lines for files that could not be written, until they are. */
export const keptLines = (path: string) => ({
  reserve: () => reserveFile(path),
  read: (): ReadonlyArray<KeptLine> => {
    const read = decode(readReserved(path))
    return read._tag === "Some" ? read.value : []
  },
  write: (lines: ReadonlyArray<KeptLine>) => writeReserved(path, lines.length === 0 ? "" : JSON.stringify(lines))
})
