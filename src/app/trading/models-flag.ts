import { join } from "node:path"
import { Effect, Option } from "effect"
import { Flag } from "effect/cli"
import { Invocation } from "../../cli/invocation.ts"

export const modelsFlag = Flag.String("models").pipe(
  Flag.withDescription("Folder of the models (default: models in TICKD_STATE_DIR)"),
  Flag.optional
)

export const modelsFolder = (named: Option.Option<string>) =>
  Effect.map(Invocation, ({ env }) => Option.getOrElse(named, () => join(env["TICKD_STATE_DIR"] ?? ".state", "models")))
