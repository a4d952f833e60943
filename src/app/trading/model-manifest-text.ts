import type { BundleManifest } from "../../trading/domain/signal/bundle/bundle.ts"

interface Trained {
  readonly folder: string
  readonly manifest: BundleManifest
}

const share = (value: number): string => value.toFixed(4)

export const renderManifest = ({ folder, manifest }: Trained): string => {
  const { held_out: judged, training } = manifest
  return [
    `${manifest.version}  ${manifest.market === "synthetic" ? "SYNTHETIC PRICES, not for real money" : "real prices"}  ${folder}`,
    `  ${manifest.about}`,
    `  training   ${training.from} to ${training.to}, ${training.rows} rows of ${training.symbols} symbols, ${training.timeframe} ${training.adjustment}`,
    `  label      ${manifest.label}; predictions ${share(manifest.expected.lowest)} to ${share(manifest.expected.highest)}`,
    `  features   ${manifest.features.fingerprint.slice(0, 12)}, missing in training: ${manifest.nan_policy.trained_missing.length} of ${manifest.features.names.length}`,
    ...(judged === null
      ? ["  held out   nothing was held out"]
      : [
          `  held out   ${judged.from} to ${judged.to}, ${judged.rows} rows: IC ${share(judged.ic)} (ratio ${share(judged.ic_ratio)}), rank IC ${share(judged.rank_ic)}, turnover ${share(judged.turnover)}`,
          `  tenths     ${judged.decile_returns.map((value) => `${(value * 10_000).toFixed(1)}`).join(" ")} basis points, the worst first`
        ])
  ].join("\n")
}
