import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { eventually, startCommand } from "./cli-process.ts"
import { freePort } from "./free-port.ts"
import { natsBinary, projectRoot } from "./nats-server.ts"

/** One port after the other: each must be free when the next one is looked for. */
const portsOf = async (count: number) => {
  const ports: Array<number> = []
  while (ports.length < count) ports.push(await freePort())
  return ports
}

/**
 * The nodes nats-1 to nats-3 of docker-compose.yml with the configuration that it mounts; only addresses and folders
 * are of the test. They end with it.
 */
export const startComposeCluster = async (folder: string) => {
  const binary = await Effect.runPromise(natsBinary)
  const text = readFileSync(join(projectRoot, "deploy", "nats", "compose-cluster.conf"), "utf8")
  const [clients, routes, monitors] = [await portsOf(3), await portsOf(3), await portsOf(3)]
  const nodes = [1, 2, 3].map((n) => {
    const own = join(folder, `nats-${n}`)
    mkdirSync(own, { recursive: true })
    const config = text
      .replaceAll(/nats-(\d):6222/g, (_, node: string) => `127.0.0.1:${routes[Number(node) - 1]}`)
      .replace("0.0.0.0:4222", `127.0.0.1:${clients[n - 1]}`)
      .replace("0.0.0.0:8222", `127.0.0.1:${monitors[n - 1]}`)
      .replace("0.0.0.0:6222", `127.0.0.1:${routes[n - 1]}`)
      .replace('"/data"', `"${join(own, "data")}"`)
    writeFileSync(join(own, "cluster.conf"), config)
    return startCommand(["-c", join(own, "cluster.conf")], { program: binary, env: { NATS_NODE: `nats-${n}` } })
  })
  /** The URL that the compose file asks for the health of a node. */
  const healthUrl = /http:\/\/127\.0\.0\.1:8222(\/healthz[^"]*)"/.exec(
    readFileSync(join(projectRoot, "docker-compose.yml"), "utf8")
  )?.[1]
  for (const monitor of monitors) {
    await eventually(
      "a node of NATS is healthy",
      async () => (await fetch(`http://127.0.0.1:${monitor}${healthUrl}`)).ok
    )
  }
  return { nodes, url: clients.map((port) => `nats://127.0.0.1:${port}`).join(",") }
}
