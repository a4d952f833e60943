import { Flag } from "effect/cli"
import { profiles } from "../../platform/process/variable.ts"

export const profileFlag = Flag.Literals("profile", profiles).pipe(
  Flag.withDescription(
    "live: a real market; dev: a simulated front; mock: no front, nothing is required (default: live)"
  ),
  Flag.withDefault("live" as const)
)
