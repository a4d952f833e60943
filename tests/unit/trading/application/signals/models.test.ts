// The model that trades must be the one that was checked. A change is seen by one process or by none, a bad model never
// replaces a good one, and a request is answered by one model.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { layer } from "../../../../../src/trading/adapters/models/registry-folder.ts"
import { activateModel, rollbackModel } from "../../../../../src/trading/application/signals/change-model.ts"
import { makeServingModel } from "../../../../../src/trading/application/signals/serving-model.ts"
import { type ActiveModel, ModelRegistry } from "../../../../../src/trading/ports/model-registry.ts"
import { exampleVersion, shippedModels } from "../../../../support/trading/example-bundle.ts"

const change = { by: "ops@host", at: "2026-12-01T00:00:00.000Z", reason: "a test" }
const activation = (version: string) => ({ version, seen: undefined, isLive: false, force: false, change })

/** A registry with the shipped model under three versions. */
const withRegistry = <A, E>(body: (root: string) => Effect.Effect<A, E, ModelRegistry>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const root = mkdtempSync(join(tmpdir(), "tickd-models-"))
      for (const version of ["first", "second", "third"]) {
        cpSync(join(shippedModels, exampleVersion), join(root, version), { recursive: true })
        const path = join(root, version, "bundle.json")
        writeFileSync(path, readFileSync(path, "utf8").replace(exampleVersion, version))
      }
      return root
    }),
    (root) => Effect.provide(body(root), layer(root)),
    (root) => Effect.sync(() => rmSync(root, { recursive: true }))
  )

const codeOf = <A, E extends { readonly code: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.match(effect, { onFailure: ({ code }) => code, onSuccess: () => "done" })
const spoil = (root: string, version: string) =>
  Effect.sync(() => {
    const path = join(root, version, "model.txt")
    writeFileSync(path, readFileSync(path, "utf8").replace(/(?<=leaf_value=-?0\.0)\d/, "9"))
  })

describe("the registry", () => {
  it.effect("lists versions, and what cannot be read", () =>
    withRegistry((root) =>
      Effect.gen(function* () {
        const registry = yield* ModelRegistry
        writeFileSync(join(root, "second", "bundle.json"), "{")
        const listed = yield* registry.list
        assert.deepStrictEqual(
          listed.map(({ manifest, version }) => [version, manifest?.market]),
          [
            ["first", "synthetic"],
            ["second", undefined],
            ["third", "synthetic"]
          ]
        )
        assert.strictEqual(yield* codeOf(registry.load("second")), "BUNDLE_INVALID")
        assert.strictEqual(yield* codeOf(registry.load("../first")), "MODEL_UNKNOWN")
        assert.strictEqual(yield* codeOf(registry.load("fourth")), "MODEL_UNKNOWN")
        rmSync(join(root, "third", "golden.json"))
        assert.strictEqual(yield* codeOf(registry.load("third")), "BUNDLE_FILE_MISSING")
        cpSync(join(root, "first"), join(root, "copy"), { recursive: true })
        assert.strictEqual(yield* codeOf(registry.load("copy")), "BUNDLE_INVALID")
      })
    )
  )

  it.effect("changes the active model only from the revision that was seen", () =>
    withRegistry((root) =>
      Effect.gen(function* () {
        const registry = yield* ModelRegistry
        assert.isUndefined(yield* registry.active)
        const next = (revision: number, version: string): ActiveModel => ({ revision, version, earlier: [], ...change })
        yield* registry.replaceActive(next(1, "first"), 0)
        assert.strictEqual(yield* codeOf(registry.replaceActive(next(1, "second"), 0)), "MODEL_CHANGED_MEANWHILE")
        // Ten at once, as ten operators would: one of them changes it.
        const outcomes = yield* Effect.forEach(
          Array.from({ length: 10 }, (_, at) => at),
          (at) =>
            codeOf(
              Effect.provide(
                Effect.flatMap(ModelRegistry, (own) => own.replaceActive(next(2, `v${at}`), 1)),
                layer(root)
              )
            ),
          { concurrency: "unbounded" }
        )
        assert.lengthOf(
          outcomes.filter((code) => code === "done"),
          1
        )
        assert.lengthOf(
          outcomes.filter((code) => code === "MODEL_CHANGED_MEANWHILE"),
          9
        )
        writeFileSync(join(root, "active.json"), "{")
        assert.strictEqual(yield* codeOf(registry.active), "REGISTRY_UNREADABLE")
      })
    )
  )
})

describe("a change of the model", () => {
  it.effect("activates, goes back step by step, and names what there is not", () =>
    withRegistry(() =>
      Effect.gen(function* () {
        assert.strictEqual(yield* codeOf(rollbackModel(false, change)), "MODEL_NONE_ACTIVE")
        const versions: Array<string> = []
        for (const version of ["first", "second", "third", "second"]) {
          const { active, shadow } = yield* activateModel(activation(version))
          assert.isTrue(shadow.passed)
          versions.push(`${active.revision} ${active.version} < ${active.earlier.join(" ")}`)
        }
        assert.deepStrictEqual(versions, [
          "1 first < ",
          "2 second < first",
          "3 third < second first",
          "4 second < third first"
        ])
        assert.strictEqual((yield* rollbackModel(false, change)).version, "third")
        assert.deepInclude(yield* rollbackModel(false, change), { version: "first", revision: 6, earlier: [] })
        assert.strictEqual(yield* codeOf(rollbackModel(false, change)), "MODEL_NONE_EARLIER")
      })
    )
  )

  it.effect("refuses generated prices where real money trades, a damaged bundle, and an old revision", () =>
    withRegistry((root) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* codeOf(activateModel({ ...activation("first"), isLive: true })), "MODEL_SYNTHETIC")
        yield* activateModel(activation("first"))
        yield* activateModel(activation("second"))
        assert.strictEqual(yield* codeOf(rollbackModel(true, change)), "MODEL_SYNTHETIC")
        assert.strictEqual(yield* codeOf(activateModel({ ...activation("third"), seen: 1 })), "MODEL_CHANGED_MEANWHILE")
        yield* spoil(root, "third")
        assert.strictEqual(yield* codeOf(activateModel({ ...activation("third"), force: true })), "BUNDLE_HASH")
        yield* spoil(root, "first")
        assert.strictEqual(yield* codeOf(rollbackModel(false, change)), "BUNDLE_HASH")
        assert.strictEqual((yield* (yield* ModelRegistry).active)?.version, "second")
      })
    )
  )

  it.effect("replaces an active model that can no longer be loaded", () =>
    withRegistry((root) =>
      Effect.gen(function* () {
        yield* activateModel(activation("first"))
        yield* spoil(root, "first")
        const { active, shadow } = yield* activateModel(activation("second"))
        assert.deepInclude(active, { version: "second", earlier: ["first"] })
        assert.isNull(shadow.correlation)
      })
    )
  )
})

describe("the model that predicts", () => {
  it.effect("changes in one step, and goes on when the new one cannot be used", () =>
    withRegistry((root) =>
      Effect.gen(function* () {
        const serving = yield* makeServingModel(false)
        assert.deepStrictEqual(yield* serving.reload, { kind: "unchanged" })
        assert.isUndefined(yield* serving.current)
        yield* activateModel(activation("first"))
        assert.deepStrictEqual(yield* serving.reload, { kind: "loaded", version: "first", revision: 1 })
        const held = yield* serving.current
        yield* activateModel(activation("second"))
        yield* spoil(root, "second")
        const kept = yield* serving.reload
        assert.deepInclude(kept, { kind: "kept", code: "BUNDLE_HASH" })
        assert.strictEqual(yield* serving.current, held)
        // Each read while it is exchanged gives one whole model.
        yield* rollbackModel(false, change)
        const reads = yield* Effect.all([serving.current, serving.reload, serving.current], {
          concurrency: "unbounded"
        })
        assert.isTrue(reads[0] === held)
        assert.strictEqual((yield* serving.current)?.revision, 3)
        assert.strictEqual((yield* serving.current)?.bundle.manifest.version, "first")
      })
    )
  )

  it.effect("is never one of generated prices where real money trades", () =>
    withRegistry(() =>
      Effect.gen(function* () {
        yield* activateModel(activation("first"))
        const serving = yield* makeServingModel(true)
        assert.deepInclude(yield* serving.reload, { kind: "kept", code: "MODEL_SYNTHETIC" })
        assert.isUndefined(yield* serving.current)
      })
    )
  )

  it.effect("goes on when the registry cannot be read", () =>
    withRegistry((root) =>
      Effect.gen(function* () {
        yield* activateModel(activation("first"))
        const serving = yield* makeServingModel(false)
        yield* serving.reload
        writeFileSync(join(root, "active.json"), "")
        assert.deepInclude(yield* serving.reload, { kind: "kept", code: "REGISTRY_UNREADABLE" })
        assert.strictEqual((yield* serving.current)?.revision, 1)
        assert.isTrue(Exit.isSuccess(yield* Effect.exit(serving.reload)))
      })
    )
  )
})
