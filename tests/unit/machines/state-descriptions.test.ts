// The console shows the state of each machine: every state says in one sentence what it means, in both languages.
import { assert, describe, it } from "@effect/vitest"
import { machineCatalogue } from "../../../machines/catalogue.ts"
import { stateDescriptionsZh } from "../../../machines/state-descriptions-zh.ts"
import { pathOf, stateNodesOf } from "../../../machines/transition-list.ts"

describe("descriptions of states", () => {
  it("covers the same machines in both languages", () => {
    assert.deepStrictEqual(Object.keys(stateDescriptionsZh), Object.keys(machineCatalogue))
  })

  for (const [name, machine] of Object.entries(machineCatalogue)) {
    it(`${name}: every state has a sentence in English and in Chinese`, () => {
      const nodes = stateNodesOf(machine)
      for (const node of nodes) {
        assert.match(node.description ?? "", /^[A-Z][^|\n]{1,117}\.$/, `${name} ${pathOf(node)}: English`)
      }
      const chinese = stateDescriptionsZh[name] ?? {}
      assert.deepStrictEqual(Object.keys(chinese), nodes.map(pathOf))
      for (const [path, text] of Object.entries(chinese)) {
        assert.match(text, /^[^|\n]{1,60}。$/, `${name} ${path}: Chinese`)
      }
    })
  }
})
