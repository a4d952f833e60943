// Docker keeps what a service prints without a limit: a storm must not fill the disk of the host.
import { readFileSync } from "node:fs"
import { assert, it } from "vitest"

it("R14: every service of the compose file has a bounded log", () => {
  const text = readFileSync(new URL("../../../docker-compose.yml", import.meta.url), "utf8")
  const services = /^services:\n((?: {2,}.*\n|\n)+)/m.exec(text)?.[1] ?? ""
  const names = [...services.matchAll(/^ {2}(\w+):$/gm)].map(([, name]) => name)
  assert.deepStrictEqual(names, ["nats", "tickd"])
  assert.strictEqual(services.match(/^ {4}logging: \*bounded-log$/gm)?.length, names.length)
  assert.match(
    text,
    /^x-logging: &bounded-log\n {2}driver: json-file\n {2}options:\n {4}max-size: 50m\n {4}max-file: "5"$/m
  )
})
