// Recorded data for tests: always the slices in tests/golden, and the whole recordings when TICKD_RECORDINGS names
// their folder. A missing file then fails the test: nothing is skipped.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"

export type Extent = "slice" | "whole"

export interface RecordedFile {
  readonly extent: Extent
  /** File name without folder, as in the recordings' README. */
  readonly name: string
  readonly path: string
  /** For the title of a test: the name, and "whole" when it is not the slice. */
  readonly title: string
}

const root = fileURLToPath(new URL("../..", import.meta.url))
const whole = process.env["TICKD_RECORDINGS"]
/** TICKD_RECORDINGS is the folder of the ticks; catalog/ and field/ are beside it, as in tests/golden. */
const folders: ReadonlyArray<readonly [Extent, string]> = [
  ["slice", join(root, "tests", "golden", "ticks")],
  ...(whole === undefined || whole === "" ? [] : [["whole", resolve(root, whole)] as const])
]

/** "slice", and "whole" when TICKD_RECORDINGS is set. */
export const extents: ReadonlyArray<Extent> = folders.map(([extent]) => extent)

const fileOf = (extent: Extent, ticks: string, name: string): RecordedFile => ({
  extent,
  name,
  path: join(ticks, name),
  title: extent === "slice" ? name : `${name}, whole`
})

/** A recording of ticks by its file name: its slice, and the whole one when TICKD_RECORDINGS is set. */
export const recordingsOf = (name: string): ReadonlyArray<RecordedFile> =>
  folders.map(([extent, ticks]) => fileOf(extent, ticks, name))

/** All of them, in the order of their names. */
export const allRecordings = (): ReadonlyArray<RecordedFile> =>
  folders.flatMap(([extent, ticks]) =>
    readdirSync(ticks)
      .filter((name) => name.endsWith(".gz"))
      .sort()
      .map((name) => fileOf(extent, ticks, name))
  )

/** The bytes of a contract list or table of `catalog/`. */
export const catalogueBytes = (extent: Extent, name: string): Buffer => {
  const ticks = folders.find(([own]) => own === extent)?.[1] ?? ""
  const path = join(ticks, "..", "catalog", name)
  return existsSync(path) ? readFileSync(path) : gunzipSync(readFileSync(`${path}.gz`))
}

/** The JSON of a contract list or table. */
export const catalogueJson = (extent: Extent, name: string): unknown =>
  JSON.parse(catalogueBytes(extent, name).toString("utf8"))

/** A file that a user sent; complete in tests/golden, and read from there. */
export const fieldFile = (name: string): string => join(root, "tests", "golden", "field", `${name}.gz`)
