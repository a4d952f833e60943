import { randomUUID } from "node:crypto"
import { hostname, userInfo } from "node:os"
import { Clock, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { endWith, Invocation, present } from "../../cli/invocation.ts"
import { jsonFlag, reasonFlag, wholeFlag } from "../../cli/terminal/flags.ts"
import { aligned } from "../../cli/terminal/layout.ts"
import { operatorName } from "../../platform/process/operator-name.ts"
import { makeStateFolder } from "../../platform/process/state-folder.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import type { AuditEntry } from "../../protocol/control/command.ts"
import { layer as registryFolder } from "../../trading/adapters/models/registry-folder.ts"
import { activateModel, rollbackModel } from "../../trading/application/signals/change-model.ts"
import { ModelRegistry } from "../../trading/ports/model-registry.ts"
import { auditOperation } from "../operations-audit.ts"
import { renderManifest } from "./model-manifest-text.ts"
import { modelsFlag, modelsFolder } from "./models-flag.ts"

/** A failure of the registry, of a bundle or of the rules, as a sentence of the verb. */
const toUserError = <A, E extends { readonly code: string; readonly message: string }, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, UserError, R> =>
  Effect.mapError(
    effect,
    ({ code, message }) =>
      new UserError({
        code,
        message,
        exitCode: code === "REGISTRY_NOT_WRITTEN" ? exitCodes.unavailable : exitCodes.badInput
      })
  )

const withRegistry =
  (models: Option.Option<string>) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.flatMap(modelsFolder(models), (root) => Effect.provide(effect, registryFolder(root)))

const isLive = Effect.map(Invocation, ({ env }) => env["TRADE_MODE"] === "live")

/** Runs a change with its audit around it: first that it was accepted, then how it ended. */
const audited = Effect.fnUntraced(function* <A, R>(
  verb: string,
  request: Record<string, unknown>,
  reason: string,
  change: Effect.Effect<A, UserError, R>,
  outcome: (value: A) => string
) {
  const { env } = yield* Invocation
  const folder = yield* makeStateFolder(env["TICKD_STATE_DIR"] ?? ".state", "TICKD_STATE_DIR")
  const id = randomUUID()
  const add = (result: AuditEntry["result"], code: string | null, message: string) =>
    Effect.flatMap(Clock.currentTimeMillis, (nowMs) =>
      auditOperation(folder, {
        version: 2,
        id,
        at: new Date(nowMs).toISOString(),
        instance: hostname(),
        verb,
        result,
        request,
        request_id: null,
        reason,
        by: { user: userInfo().username.slice(0, 128), host: hostname().slice(0, 128), client: "tickd model" },
        code,
        message
      })
    )
  yield* add("accepted", null, "")
  const value = yield* Effect.tapError(change, ({ code, message }) => add("refused", code, message))
  yield* add("done", null, outcome(value))
  return value
})

const changeNow = Effect.fnUntraced(function* (reason: Option.Option<string>) {
  const at = new Date(yield* Clock.currentTimeMillis).toISOString()
  return { by: operatorName(), at, reason: Option.getOrElse(reason, () => "not given") }
})

const versionArgument = Argument.String("version").pipe(
  Argument.withDescription("Version of a model, its folder's name")
)

export const list = Command.make("list", { models: modelsFlag, json: jsonFlag }, ({ json, models }) =>
  Effect.gen(function* () {
    const registry = yield* ModelRegistry
    const active = yield* toUserError(registry.active)
    const listed = yield* toUserError(registry.list)
    const rows = listed.map(({ manifest, version }) => ({
      version,
      active: version === active?.version,
      market: manifest?.market ?? null,
      trained_to: manifest?.training.to ?? null,
      ic: manifest?.held_out?.ic ?? null,
      about: manifest?.about ?? "bundle.json cannot be read"
    }))
    yield* present(json, { revision: active?.revision ?? 0, models: rows }, ({ models: all }) =>
      all.length === 0
        ? "no models: train one with 'tickd model train'"
        : aligned([
            ["VERSION", "ACTIVE", "MARKET", "TRAINED TO", "IC", "ABOUT"],
            ...all.map((row) => [
              row.version,
              row.active ? "yes" : "",
              row.market ?? "-",
              row.trained_to ?? "-",
              row.ic?.toFixed(4) ?? "-",
              row.about
            ])
          ]).join("\n")
    )
  }).pipe(withRegistry(models))
).pipe(Command.withDescription("List the models of this machine, and which of them is active"))

export const show = Command.make(
  "show",
  { version: versionArgument, models: modelsFlag, json: jsonFlag },
  ({ json, models, version }) =>
    Effect.gen(function* () {
      const folder = yield* modelsFolder(models)
      const { manifest } = yield* toUserError(Effect.flatMap(ModelRegistry, (registry) => registry.load(version)))
      yield* present(json, { folder: `${folder}/${version}`, manifest }, renderManifest)
    }).pipe(withRegistry(models))
).pipe(Command.withDescription("Show one model: training, features, policy, how it did on days it did not see"))

export const verify = Command.make("verify", { models: modelsFlag, json: jsonFlag }, ({ json, models }) =>
  Effect.gen(function* () {
    const registry = yield* ModelRegistry
    const listed = yield* toUserError(registry.list)
    const checks = yield* Effect.forEach(listed, ({ version }) =>
      Effect.match(registry.load(version), {
        onFailure: ({ code, message }) => ({ version, ok: false, code, message }),
        onSuccess: ({ golden }) => ({
          version,
          ok: true,
          code: null,
          message: `${golden.rows.length} golden rows agree`
        })
      })
    )
    yield* present(json, { ok: checks.every(({ ok }) => ok), checks }, ({ checks: all }) =>
      aligned(all.map(({ message, ok, version }) => [ok ? "OK" : "NOT OK", version, message])).join("\n")
    )
    if (checks.some(({ ok }) => !ok)) yield* endWith(exitCodes.checkFailed)
  }).pipe(withRegistry(models))
).pipe(Command.withDescription("Check every model: hashes, features, golden rows. Exit code 1 when one cannot be used"))

export const activate = Command.make(
  "activate",
  {
    version: versionArgument,
    seen: wholeFlag("seen", 0, 1_000_000_000).pipe(
      Flag.withDescription("Refuse unless the active model has this revision (0: none is active)"),
      Flag.optional
    ),
    force: Flag.Boolean("force").pipe(
      Flag.withDescription("Activate although the shadow validation does not pass"),
      Flag.withDefault(false)
    ),
    reason: reasonFlag,
    models: modelsFlag,
    json: jsonFlag
  },
  ({ force, json, models, reason, seen, version }) =>
    Effect.gen(function* () {
      const change = yield* changeNow(reason)
      const request = { version, force, seen: Option.getOrNull(seen) }
      const activation = { version, force, change, isLive: yield* isLive, seen: Option.getOrUndefined(seen) }
      const done = yield* audited(
        "model activate",
        request,
        change.reason,
        toUserError(activateModel(activation)),
        ({ active }) => `${active.version} is active, revision ${active.revision}`
      )
      yield* present(json, done, ({ active, shadow }) =>
        [
          `${active.version} is active, revision ${active.revision}`,
          `  shadow  ${shadow.samples} samples, ${shadow.correlation === null ? "" : `correlation ${shadow.correlation.toFixed(4)}, `}${shadow.passed ? "passed" : "NOT PASSED, forced"}: ${shadow.reason}`
        ].join("\n")
      )
    }).pipe(withRegistry(models))
).pipe(
  Command.withDescription("Make a model the active one: checked, compared with the active one on 100 samples, audited")
)

export const rollback = Command.make(
  "rollback",
  { reason: reasonFlag, models: modelsFlag, json: jsonFlag },
  ({ json, models, reason }) =>
    Effect.gen(function* () {
      const change = yield* changeNow(reason)
      const active = yield* audited(
        "model rollback",
        {},
        change.reason,
        toUserError(rollbackModel(yield* isLive, change)),
        ({ revision, version }) => `${version} is active again, revision ${revision}`
      )
      yield* present(json, active, ({ revision, version }) => `${version} is active again, revision ${revision}`)
    }).pipe(withRegistry(models))
).pipe(Command.withDescription("Make the model that was active before the active one again; audited"))
