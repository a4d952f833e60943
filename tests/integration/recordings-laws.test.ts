// A law that fires on honest data starves consumers: every row of every recording must end in a column that is explained.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readContractFile } from "../../src/market/adapters/catalogue/contract-file.ts"
import { judgeRecording, recordingTable } from "../support/recording-account.ts"

const folder = process.env["TICKD_RECORDINGS"] ?? new URL("../../../shared/data/ticks", import.meta.url).pathname
const catalogue = `${folder}/../catalog/wondertrader_contracts.json`
const absent = !existsSync(folder) || !existsSync(catalogue)
const page = readFileSync(new URL("../../docs/reference/recordings.md", import.meta.url), "utf8")

describe(`laws over the recordings${absent ? " (skipped: no recordings)" : ""}`, () => {
  const files = absent
    ? []
    : readdirSync(folder)
        .filter((name) => name.endsWith(".gz"))
        .sort()
  for (const file of files) {
    it.runIf(!absent)(`${file}: every row accounted for, as the reference says`, async () => {
      const { contracts } = await Effect.runPromise(readContractFile(catalogue))
      const account = await judgeRecording(`${folder}/${file}`, contracts)
      const quarantined = Object.values(account.quarantined).reduce((sum, count) => sum + count, 0)
      assert.strictEqual(account.published + account.duplicate + quarantined, account.rows)
      assert.strictEqual(account.wrongInstants, 0)
      if (file.startsWith("felix_recv_20210317")) assert.deepStrictEqual(account.quarantined, { struct_insane: 1672 })
      else {
        assert.isAtLeast(account.published / (account.rows - account.duplicate), 0.999)
        assert.deepStrictEqual(account.firstQuarantined, [], "each quarantined row must be explained in the reference")
      }
      assert.include(
        page,
        recordingTable([account]).split("\n").at(-1) as string,
        "run node tests/bench/recordings.ts --write"
      )
    })
  }
  it.skipIf(!absent)("skipped: no recordings", () => undefined)
})
