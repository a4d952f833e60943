import { predict } from "../model/model.ts"
import type { Bundle } from "./bundle.ts"

/** The prediction for one row of features, normalised as in training. */
export const predictRow = ({ manifest, model }: Pick<Bundle, "manifest" | "model">, row: Float64Array): number => {
  const { normalisation } = manifest
  const input =
    normalisation.kind === "none"
      ? row
      : row.map((value, at) => {
          const deviation = normalisation.deviation[at] as number
          return (value - (normalisation.mean[at] as number)) / (deviation === 0 ? 1 : deviation)
        })
  return predict(model, input)[0] as number
}
