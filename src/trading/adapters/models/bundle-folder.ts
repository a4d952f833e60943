import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { writeDurably } from "../../../platform/process/durable-file.ts"
import { type Bundle, BundleError } from "../../domain/signal/bundle/bundle.ts"
import { type BundleTexts, checkBundle } from "../../domain/signal/bundle/check-bundle.ts"

const files = { manifest: "bundle.json", model: "model.txt", golden: "golden.json" } as const

/** Reads and checks a bundle; whatever is wrong refuses all of it. */
export const loadBundle = (folder: string): Effect.Effect<Bundle, BundleError> =>
  Effect.gen(function* () {
    const read = (name: string) =>
      Effect.try({
        try: () => readFileSync(join(folder, name), "utf8"),
        catch: (cause) =>
          new BundleError({ code: "BUNDLE_FILE_MISSING", message: `${join(folder, name)}: ${errorText(cause)}` })
      })
    const texts: BundleTexts = {
      manifest: yield* read(files.manifest),
      model: yield* read(files.model),
      golden: yield* read(files.golden)
    }
    return yield* Effect.mapError(
      Effect.fromResult(checkBundle(texts)),
      ({ code, message }) => new BundleError({ code, message: `${folder}: ${message}` })
    )
  })

/** Writes a bundle as a whole folder; one that is there already is refused, unless it is the same to the last byte. */
export const writeBundle = (folder: string, texts: BundleTexts): Effect.Effect<void, BundleError> =>
  Effect.try({
    try: () => {
      if (existsSync(folder)) {
        const same = (Object.keys(files) as ReadonlyArray<keyof typeof files>).every(
          (part) => readFileSync(join(folder, files[part]), "utf8") === texts[part]
        )
        if (same) return
        throw new Error("the folder exists and holds another bundle")
      }
      const next = `${folder}.new`
      rmSync(next, { recursive: true, force: true })
      mkdirSync(next, { recursive: true })
      for (const part of Object.keys(files) as ReadonlyArray<keyof typeof files>) {
        writeDurably(join(next, files[part]), texts[part])
      }
      renameSync(next, folder)
    },
    catch: (cause) =>
      new BundleError({ code: "BUNDLE_INVALID", message: `${folder} is not written: ${errorText(cause)}` })
  })
