import { readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import { sha256Hex } from "../../../src/kernel/sha256.ts"

/** A model that LightGBM trained, rows, and what LightGBM predicts for them, as it printed it. */
export interface ModelFixture {
  readonly model: string
  readonly rows: string
  readonly predictions: ReadonlyArray<ReadonlyArray<string>>
}

const folder = new URL("../../golden/lightgbm/", import.meta.url)

/** The fixtures by name; a file that was changed by hand is refused. */
export const modelFixtures = (): Readonly<Record<string, ModelFixture>> => {
  const text = gunzipSync(readFileSync(new URL("fixtures.json.gz", folder))).toString("utf8")
  const manifest = JSON.parse(readFileSync(new URL("manifest.json", folder), "utf8")) as { readonly sha256: string }
  if (sha256Hex(text) !== manifest.sha256) throw new Error("fixtures.json.gz is not what make-fixtures.ts wrote")
  return JSON.parse(text) as Readonly<Record<string, ModelFixture>>
}
