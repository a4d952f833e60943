import { mkdirSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer, Result, Schema } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { replaceDurably } from "../../../platform/process/durable-file.ts"
import { FileLocked, takeFileLock } from "../../../platform/process/file-lock.ts"
import { BundleError, BundleManifest } from "../../domain/signal/bundle/bundle.ts"
import { ActiveModel, ModelRegistry, RegistryError } from "../../ports/model-registry.ts"
import { loadBundle } from "./bundle-folder.ts"

const decodeActive = Schema.decodeUnknownSync(Schema.fromJsonString(ActiveModel))
const decodeManifest = Schema.decodeUnknownResult(Schema.fromJsonString(BundleManifest))

/** Versions are folder names: nothing that leads out of the registry. */
const isVersion = (text: string): boolean => /^[A-Za-z0-9][\w.-]{0,99}$/.test(text) && !text.endsWith(".new")

const textAt = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8")
  } catch (cause) {
    const code = (cause as { readonly code?: unknown }).code
    if (code === "ENOENT" || code === "ENOTDIR") return undefined
    throw cause
  }
}

const attempts = 20
const pauseMs = 50

/**
 * Models as folders of `root`, and `active.json` beside them. One writer at a time by the kernel's lock on a file; a
 * reader needs none, since `active.json` is replaced as a whole.
 */
export const layer = (root: string): Layer.Layer<ModelRegistry> => {
  const activePath = join(root, "active.json")
  const readActive = (): ActiveModel | undefined => {
    const text = textAt(activePath)
    return text === undefined ? undefined : decodeActive(text)
  }
  const unreadable = (cause: unknown) =>
    new RegistryError({ code: "REGISTRY_UNREADABLE", message: `${root} cannot be read: ${errorText(cause)}` })
  const notWritten = (cause: unknown) =>
    cause instanceof RegistryError
      ? cause
      : new RegistryError({ code: "REGISTRY_NOT_WRITTEN", message: `${activePath}: ${errorText(cause)}` })
  const lock = Effect.try({
    try: () => {
      mkdirSync(root, { recursive: true })
      return takeFileLock(join(root, "registry.lock"))
    },
    catch: (cause) => cause
  }).pipe(
    Effect.retry({ times: attempts, while: (cause) => Effect.as(Effect.sleep(pauseMs), cause instanceof FileLocked) }),
    Effect.mapError(notWritten)
  )
  return Layer.succeed(
    ModelRegistry,
    ModelRegistry.of({
      list: Effect.try({
        try: () =>
          readdirSync(root, { withFileTypes: true })
            .filter((entry) => entry.isDirectory() && isVersion(entry.name))
            .map(({ name }) => {
              const text = textAt(join(root, name, "bundle.json"))
              const decoded = text === undefined ? undefined : decodeManifest(text)
              return {
                version: name,
                manifest: decoded !== undefined && Result.isSuccess(decoded) ? decoded.success : undefined
              }
            })
            .sort((a, b) => (a.version < b.version ? -1 : 1)),
        catch: unreadable
      }),
      load: (version) =>
        isVersion(version) && textAt(join(root, version, "bundle.json")) !== undefined
          ? Effect.filterOrFail(
              loadBundle(join(root, version)),
              ({ manifest }) => manifest.version === version,
              ({ manifest }) =>
                new BundleError({
                  code: "BUNDLE_INVALID",
                  message: `${join(root, version)}: its bundle.json is that of ${manifest.version}`
                })
            )
          : Effect.fail(
              new RegistryError({ code: "MODEL_UNKNOWN", message: `There is no model ${version} in ${root}` })
            ),
      active: Effect.try({ try: readActive, catch: unreadable }),
      replaceActive: (next, seen) =>
        Effect.acquireUseRelease(
          lock,
          () =>
            Effect.try({
              try: () => {
                const revision = readActive()?.revision ?? 0
                if (revision !== seen) {
                  throw new RegistryError({
                    code: "MODEL_CHANGED_MEANWHILE",
                    message: `The active model has the revision ${revision} and not ${seen}: look at it and try again`
                  })
                }
                replaceDurably(activePath, `${JSON.stringify(next, null, 1)}\n`)
              },
              catch: notWritten
            }),
          ({ release }) => Effect.sync(release)
        )
    })
  )
}
