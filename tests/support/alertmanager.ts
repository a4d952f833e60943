import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { eventually, startCommand } from "./cli-process.ts"
import { freePort } from "./free-port.ts"

/** Starts an Alertmanager that delivers nothing, and returns its address. It ends with the test. */
export const startAlertmanager = async (program: string, folder: string): Promise<string> => {
  const config = join(folder, "alertmanager.yml")
  writeFileSync(config, "route: { receiver: none }\nreceivers: [{ name: none }]\n")
  const port = await freePort()
  const share = "/usr/share/prometheus/alertmanager"
  const templates = join(dirname(program), "alertmanager-templates")
  mkdirSync(join(folder, "alertmanager"))
  const args = `--config.file=${config} --storage.path=${join(folder, "alertmanager")} --web.listen-address=127.0.0.1:${port} --cluster.listen-address=`
  const inOwnMounts = `mount -t tmpfs none /usr/share && mkdir -p ${share} && cp ${templates}/* ${share} && exec ${program} ${args}`
  startCommand(["-m", "sh", "-c", inOwnMounts], { program: "/usr/bin/unshare" })
  const url = `http://127.0.0.1:${port}`
  await eventually("Alertmanager", () =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false
    )
  )
  return url
}
