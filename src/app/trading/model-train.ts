import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { Invocation, present } from "../../cli/invocation.ts"
import { jsonFlag, shownDefault, wholeFlag } from "../../cli/terminal/flags.ts"
import { projectRoot } from "../../platform/process/project.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { layer as barsFolder } from "../../trading/adapters/bars/bars-folder.ts"
import { writeBundle } from "../../trading/adapters/models/bundle-folder.ts"
import { layer as lightGbm } from "../../trading/adapters/models/lightgbm-program.ts"
import { trainBundle, trainingParameters } from "../../trading/application/signals/train-bundle.ts"
import { syntheticMarket } from "../../trading/domain/signal/market/synthetic-market.ts"
import { BarsStore } from "../../trading/ports/bars-store.ts"
import { adjustmentFlag, barsFlag, timeframeFlag, toBarsError } from "./bars-flags.ts"
import { renderManifest } from "./model-manifest-text.ts"
import { modelsFlag, modelsFolder } from "./models-flag.ts"

/** Prices of one kind only: a model of both would be of neither. */
const barsOf = Effect.fnUntraced(function* (
  root: string,
  timeframe: string,
  adjustment: "raw" | "split" | "dividend" | "all"
) {
  const store = yield* BarsStore
  const listed = yield* toBarsError(store.list({ timeframe, adjustment }))
  if (listed.size === 0) {
    return yield* new UserError({
      code: "BARS_MISSING",
      exitCode: exitCodes.badInput,
      message: `There are no ${timeframe} bars (${adjustment}) in ${root}: get some with 'tickd bars fetch', or 'tickd bars synthetic'.`
    })
  }
  const sets = yield* Effect.forEach([...listed.keys()], (symbol) =>
    toBarsError(store.read({ symbol, timeframe, adjustment }))
  )
  const markets = [...new Set(sets.map(({ market }) => market))]
  if (markets.length > 1) {
    return yield* new UserError({
      code: "BARS_MIXED",
      exitCode: exitCodes.badInput,
      message: `${root} holds real and synthetic bars: a model is trained on one kind. Keep them in two folders.`
    })
  }
  return { symbols: sets.map(({ bars, symbol }) => ({ symbol, bars })), market: markets[0] ?? ("real" as const) }
})

/** `tickd model train`. */
export const train = Command.make(
  "train",
  {
    bars: barsFlag,
    timeframe: timeframeFlag,
    adjustment: adjustmentFlag,
    synthetic: wholeFlag("synthetic", 1, 2000).pipe(
      Flag.withDescription("Train on this many generated symbols instead of bars on disk"),
      Flag.optional
    ),
    days: wholeFlag("days", 100, 5000).pipe(shownDefault("Trading days of the generated market", 500)),
    seed: wholeFlag("seed", 1, 1_000_000).pipe(shownDefault("Seed of the generated market", 1)),
    to: Flag.String("to").pipe(shownDefault("Last day of the generated market", "2026-06-30")),
    folds: wholeFlag("folds", 0, 50).pipe(shownDefault("Steps of the walk forward that judges; 0: none", 3)),
    trees: wholeFlag("trees", 1, 5000).pipe(shownDefault("Trees", 100)),
    leaves: wholeFlag("leaves", 2, 1000).pipe(shownDefault("Leaves of a tree, at most", 31)),
    about: Flag.String("about").pipe(
      Flag.withDescription("A sentence for people, kept in the bundle"),
      Flag.withDefault("")
    ),
    lightgbm: Flag.String("lightgbm").pipe(
      Flag.withDescription("The program of LightGBM (default: lightgbm on PATH, else .tools/lightgbm)"),
      Flag.optional
    ),
    models: modelsFlag,
    json: jsonFlag
  },
  (options) =>
    Effect.gen(function* () {
      const { env, screen } = yield* Invocation
      const root = yield* modelsFolder(options.models)
      const source = Option.isSome(options.synthetic)
        ? {
            symbols: syntheticMarket({
              seed: options.seed,
              symbols: options.synthetic.value,
              days: options.days,
              to: options.to
            }),
            market: "synthetic" as const
          }
        : yield* Effect.provide(
            barsOf(options.bars, options.timeframe, options.adjustment),
            barsFolder(options.bars, env["TRADE_MODE"] === "live")
          )
      const { manifest, texts } = yield* trainBundle({
        ...source,
        about:
          options.about ||
          (source.market === "synthetic" ? "Trained on generated prices: an example, no model of any market." : ""),
        timeframe: options.timeframe,
        adjustment: options.adjustment,
        folds: options.folds,
        heldOutShare: 0.3,
        parameters: trainingParameters({ num_iterations: String(options.trees), num_leaves: String(options.leaves) }),
        say: (line) => Effect.sync(() => void (screen.hasErrorTerminal ? process.stderr.write(`${line}\n`) : undefined))
      }).pipe(
        Effect.provide(
          lightGbm({
            named: Option.getOrUndefined(options.lightgbm),
            path: env["PATH"] ?? "",
            built: join(projectRoot, ".tools", "lightgbm", "lightgbm")
          })
        ),
        Effect.mapError(({ code, message }) => new UserError({ code, message, exitCode: exitCodes.unavailable }))
      )
      const folder = join(root, manifest.version)
      yield* Effect.sync(() => mkdirSync(root, { recursive: true }))
      yield* Effect.mapError(
        writeBundle(folder, texts),
        ({ code, message }) => new UserError({ code, message, exitCode: exitCodes.badInput })
      )
      yield* present(
        options.json,
        { folder, manifest },
        renderManifest,
        () => `tickd model activate ${manifest.version}`
      )
    })
).pipe(
  Command.withDescription("Train a model with LightGBM and write it as a bundle: judged by a walk forward, repeatable")
)
