// A law that fires on honest data starves consumers: every row of every recording must end in a column that is
// explained.
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { parseContractFile } from "../../src/market/adapters/catalogue/contract-file.ts"
import { judgeRecording, recordingTable } from "../support/recording-ledger.ts"
import { allRecordings, catalogueBytes } from "../support/recordings.ts"

const page = {
  slice: readFileSync(new URL("../golden/README.md", import.meta.url), "utf8"),
  whole: readFileSync(new URL("../../docs/reference/recordings.md", import.meta.url), "utf8")
}
const list = catalogueBytes("slice", "wondertrader_contracts.json")
const { contracts } = Result.getOrThrow(parseContractFile("list.json", list))
/** Rows of felix_recv_20210317 that were read with the struct of another library version. */
const insane = { slice: 100, whole: 1672 }

describe("laws over the recordings", () => {
  for (const { extent, name, path, title } of allRecordings()) {
    it(`${title}: every row accounted for, as the reference says`, { timeout: 300_000 }, async () => {
      const account = await judgeRecording(path, contracts)
      const quarantined = Object.values(account.quarantined).reduce((sum, count) => sum + count, 0)
      assert.strictEqual(account.published + account.duplicate + quarantined, account.rows)
      assert.strictEqual(account.wrongInstants, 0)
      if (name.startsWith("felix_recv_20210317")) {
        assert.deepStrictEqual(account.quarantined, { struct_insane: insane[extent] })
      } else {
        assert.isAtLeast(account.published / (account.rows - account.duplicate), 0.999)
        assert.deepStrictEqual(account.firstQuarantined, [], "each quarantined row must be explained in the reference")
      }
      assert.include(
        page[extent],
        recordingTable([account]).split("\n").at(-1) as string,
        "run node tests/bench/recordings.ts --write"
      )
    })
  }
})
