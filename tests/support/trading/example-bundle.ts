import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Result } from "effect"
import { sha256Hex } from "../../../src/kernel/sha256.ts"
import { projectRoot } from "../../../src/platform/process/project.ts"
import type { Bundle, BundleManifest } from "../../../src/trading/domain/signal/bundle/bundle.ts"
import { type BundleTexts, checkBundle } from "../../../src/trading/domain/signal/bundle/check-bundle.ts"

/** Folder of the models that ship: one, trained on generated prices. */
export const shippedModels = join(projectRoot, "deploy", "models")
export const exampleVersion = readdirSync(shippedModels)[0] ?? ""

const read = (name: string) => readFileSync(join(shippedModels, exampleVersion, name), "utf8")

export const exampleTexts = (): BundleTexts => ({
  manifest: read("bundle.json"),
  model: read("model.txt"),
  golden: read("golden.json")
})

/** The shipped bundle, checked. */
export const exampleBundle = (): Bundle => Result.getOrThrow(checkBundle(exampleTexts()))

type Changed<A> = { -readonly [K in keyof A]: A[K] extends object ? Changed<A[K]> : A[K] }

/** The example with its manifest changed; hashes of the two other files are made to fit. */
export const changedTexts = (
  change: (manifest: Changed<BundleManifest>) => void,
  files: Partial<Pick<BundleTexts, "model" | "golden">> = {}
): BundleTexts => {
  const texts = { ...exampleTexts(), ...files }
  const manifest = JSON.parse(texts.manifest) as Changed<BundleManifest>
  manifest.model.sha256 = sha256Hex(texts.model)
  manifest.golden.sha256 = sha256Hex(texts.golden)
  change(manifest)
  return { ...texts, manifest: JSON.stringify(manifest) }
}
