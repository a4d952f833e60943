import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TraderOptions } from "../../src/market/adapters/catalogue/trader-catalogue.ts"
import { nativeFile } from "./native-worker.ts"

export const traderLibrary = (variant: string) => nativeFile(`libtickd_sim_td_${variant}.so`)

/** The secrets that the simulated front of `TICKD_SIM_TD_EXPECT` accepts. */
export const traderSecrets = { password: "pa55-w0rd", authCode: "AUTHC0DE16BYTES0" }
export const traderExpectation = `9999:demo-user:${traderSecrets.password}:app_tickd_1.0:${traderSecrets.authCode}`

/** A folder for flow files and the options of a query of the simulated library in it. */
export class TraderBench {
  readonly folder = mkdtempSync(join(tmpdir(), "tickd-trader-"))
  readonly lines: Array<string> = []
  private flows = 0

  options(variant: string, env: Readonly<Record<string, string>>, more: Partial<TraderOptions> = {}): TraderOptions {
    return {
      binary: nativeFile("tickd-contract-query"),
      library: traderLibrary(variant),
      flowDir: join(this.folder, `flow-${++this.flows}`),
      fronts: ["tcp://127.0.0.1:41205"],
      production: true,
      env,
      onLine: (line) => void this.lines.push(line),
      brokerId: "9999",
      userId: "demo-user",
      password: () => traderSecrets.password,
      appId: "app_tickd_1.0",
      authCode: () => traderSecrets.authCode,
      connectTimeoutMs: 20_000,
      answerTimeoutMs: 20_000,
      listTimeoutMs: 20_000,
      ...more
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
