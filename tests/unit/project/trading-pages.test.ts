// A runbook with a command that does not exist costs minutes at the worst time: each verb, subcommand and flag of the
// trading pages is one of the program's.
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { projectRoot } from "../../../src/platform/process/project.ts"

const read = (path: string) => readFileSync(join(projectRoot, path), "utf8")

/** What a file offers: names of its commands, and its flags with those of what it imports from its folder. */
interface Offer {
  readonly names: ReadonlySet<string>
  readonly flags: ReadonlySet<string>
}
const namesIn = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name ?? "")
const flagsIn = (text: string) => namesIn(text, /(?:Flag\.[A-Z]\w*|\b\w+Flag)\(\s*"([a-z-]+)"/g)
const shared = flagsIn(read("src/cli/trade/trade-verb.ts"))
const offers: ReadonlyArray<Offer> = [...globSync("src/cli/trade/*.ts", { cwd: projectRoot }), "src/app/trade.ts"].map(
  (path) => {
    const text = read(path)
    return {
      names: new Set(namesIn(text, /Command\.make\(\s*"([a-z-]+)"/g)),
      flags: new Set([...flagsIn(text), ...shared])
    }
  }
)

/** The words of a command line of `tickd`, without the text of its values. */
const faultOf = (line: string): string | undefined => {
  const words = line
    .replaceAll(/"[^"]*"/g, "TEXT")
    .replace(/#.*/, "")
    .trim()
    .split(/\s+/)
  const [verb = "", sub = ""] = words
  const offer = offers.find(({ names }) => names.has(verb))
  if (offer === undefined) return `there is no verb ${verb}`
  // A verb with subcommands is followed by one of them.
  const hasSubcommands = offer.names.size > 1 && !["arm", "disarm"].includes(verb)
  if (hasSubcommands && !offer.names.has(sub)) return `${verb} has no subcommand ${sub}`
  const unknown = words.filter((word) => word.startsWith("--") && !offer.flags.has(word.slice(2)))
  return unknown.length === 0 ? undefined : `${verb} has no ${unknown.join(", ")}`
}

const pages = globSync("docs/trading/{life-of-an-order,point-at-alpaca,runbook-*}.md", { cwd: projectRoot })
const lines = pages.flatMap((page) =>
  namesIn(read(page), /npm run -s tickd -- ([^\n`]+)/g).map((line) => [page, line] as const)
)

describe("command lines of the trading pages", () => {
  it("are on every page", () => {
    expect(pages).toHaveLength(5)
    for (const page of pages) expect(lines.filter(([of]) => of === page).length, page).toBeGreaterThan(3)
  })

  it.each(lines)("%s: %s", (_, line) => expect(faultOf(line)).toBeUndefined())

  it("with a verb, a subcommand or a flag that does not exist are found", () => {
    expect(faultOf("kill-swich engage")).toBe("there is no verb kill-swich")
    expect(faultOf("kill-switch enable")).toBe("kill-switch has no subcommand enable")
    expect(faultOf('breaker reset --ack --reason "a"')).toBe("breaker has no --ack")
    expect(faultOf("flatten --now")).toBe("flatten has no --now")
  })
})
