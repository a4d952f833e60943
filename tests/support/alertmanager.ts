import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { eventually, startCommand } from "./cli-process.ts"
import { freePort } from "./free-port.ts"
import { alertmanagerScript } from "./monitoring-tools.ts"

/** Starts an Alertmanager that delivers nothing, and returns its address. It ends with the test. */
export const startAlertmanager = async (program: string, folder: string): Promise<string> => {
  const config = join(folder, "alertmanager.yml")
  writeFileSync(config, "route: { receiver: none }\nreceivers: [{ name: none }]\n")
  const port = await freePort()
  mkdirSync(join(folder, "alertmanager"))
  startCommand(
    [
      alertmanagerScript,
      program,
      `--config.file=${config}`,
      `--storage.path=${join(folder, "alertmanager")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--cluster.listen-address="
    ],
    { program: "sh" }
  )
  const url = `http://127.0.0.1:${port}`
  await eventually("Alertmanager", () =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false
    )
  )
  return url
}
