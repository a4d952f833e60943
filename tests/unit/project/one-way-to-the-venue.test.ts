// A part that imports the venue could send an order past the gate: only the requests of the order actors may.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const sender = "actors/trading/order-requests.ts"
/** Counts what the venue answers, and is the venue again for the sender. */
const counter = "src/trading/application/safety/venue-health.ts"

const filesOf = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => join(folder, path))

/** Words by which a file that imports the port asks the venue to act, whether called, taken apart or passed on. */
const acts = (path: string, text: string): ReadonlyArray<string> => {
  if (!/from "[^"]*ports\/venue\.ts"/.test(text)) return []
  // Files that implement the port define the words; a file that uses it takes the service from the context.
  if (!/yield\* Venue\b|Context\.get\([^)]*\bVenue\b|Venue\.use|\(typeof Venue\)|typeof Venue\./.test(text)) return []
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")
  return [...code.matchAll(/\.(submit|cancel|replace)\b(?!All)|\{[^}]*\b(submit|cancel|replace)\b[^}]*\}\s*=/g)].map(
    ([word]) => `${path}: ${word}`
  )
}

it("is taken by the requests of the order actors alone", () => {
  const files = [...filesOf("src/trading"), ...filesOf("actors/trading"), ...filesOf("src/app")]
  const found = files.flatMap((path) => acts(path, readFileSync(join(root, path), "utf8")))
  assert.isNotEmpty(found.filter((line) => line.startsWith(sender)))
  assert.deepStrictEqual(
    found.filter((line) => !line.startsWith(sender) && !line.startsWith(counter)),
    []
  )
})

it("is found when it is called, taken apart, or passed on", () => {
  const head = 'import { Venue } from "../../ports/venue.ts"\nconst venue = yield* Venue\n'
  for (const offence of [
    "venue.submit(id, request)",
    "const { submit } = venue",
    "use(venue.replace)",
    "venue.cancel(id)"
  ]) {
    assert.lengthOf(acts("planted.ts", head + offence), 1, offence)
  }
  assert.deepStrictEqual(acts("planted.ts", `${head}venue.orderById(id)\n// venue.submit is not for here`), [])
})
