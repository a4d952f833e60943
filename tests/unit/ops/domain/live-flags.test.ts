// A runbook flag that is misread at 20:55 starts the wrong thing: only the runbook's flags are taken, and every other
// one is refused by name before anything is touched.
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { liveFlags, parseLiveFlags, recordedRequest, scriptFlags } from "../../../../src/ops/domain/live-flags.ts"
import { flagCommands } from "../../../../src/ops/domain/runbook-words.ts"

const accepted = (...args: ReadonlyArray<string>) => {
  const result = parseLiveFlags(args)
  if (Result.isFailure(result)) throw result.failure
  return result.success
}
const requested = (...args: ReadonlyArray<string>) => accepted(...args).request
const refused = (...args: ReadonlyArray<string>) => {
  const result = parseLiveFlags(args)
  assert.isTrue(Result.isFailure(result), args.join(" "))
  if (Result.isSuccess(result)) throw new Error("accepted")
  assert.strictEqual(result.failure.exitCode, 1)
  return result.failure.faults
}

const subsets = <A>(all: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  all.reduce<ReadonlyArray<ReadonlyArray<A>>>((sets, one) => [...sets, ...sets.map((set) => [...set, one])], [[]])

describe("flags of the runbook", () => {
  it("has the defaults that operators know", () => {
    assert.deepStrictEqual(requested(), {
      command: "start",
      window: "day",
      profile: "live",
      config: "primary",
      logDir: "logs/runbooks",
      envFile: undefined,
      skipLive: false,
      mock: false,
      debug: false,
      feed: undefined,
      to: undefined,
      force: false,
      reason: undefined
    })
  })

  it("takes each command line of the runbook", () => {
    const line = (text: string) => requested(...text.split(" "))
    assert.include(line("--window night --profile live --log-dir logs/runbooks"), { command: "start", window: "night" })
    assert.include(line("--restart --window day --profile live"), { command: "restart", config: "primary" })
    assert.include(line("--stop --window night --profile live"), { command: "stop", window: "night" })
    assert.include(line("--failover --window day --profile live --config backup"), { config: "backup" })
    assert.include(line("--drill --profile live --log-dir logs/runbooks"), { command: "drill", config: "primary" })
    assert.include(line("--config backup --env-file .env.runtime --mock --debug --skip-live"), {
      command: "start",
      config: "backup",
      envFile: ".env.runtime",
      mock: true,
      debug: true,
      skipLive: true
    })
  })

  it("knows the target feed of a switch", () => {
    assert.strictEqual(requested("--failover").config, "backup")
    assert.strictEqual(requested("--failback").config, "primary")
  })

  it("takes one command at most, in every combination", () => {
    const sets = subsets(flagCommands)
    assert.strictEqual(sets.length, 128)
    for (const set of sets) {
      const args = set.map((name) => `--${name}`)
      if (set.length < 2) assert.strictEqual(requested(...args).command, set[0] ?? "start")
      else assert.include(refused(...args), `${args.join(" and ")} exclude each other: give one`)
    }
  })

  it("takes the number of a snapshot for a rollback only, and no feed: the snapshot names it", () => {
    assert.include(requested("--rollback", "--to", "12"), { command: "rollback", to: 12 })
    assert.isUndefined(requested("--rollback").to)
    assert.deepStrictEqual(refused("--to", "3"), ["--to is for a rollback: give it with --rollback"])
    for (const to of ["0", "-1", "1.5", "last", "0x1"]) {
      assert.match(refused("--rollback", "--to", to)[0] ?? "", /is no number of a snapshot/)
    }
    assert.deepStrictEqual(refused("--rollback", "--config", "backup"), [
      "--config is not for a rollback: the snapshot names the feed"
    ])
  })

  it("takes --skip-live for a start only", () => {
    for (const name of flagCommands) {
      assert.deepStrictEqual(refused("--skip-live", `--${name}`), [`--skip-live is for a start: --${name} needs tickd`])
    }
  })

  it("refuses a feed that contradicts the command", () => {
    assert.match(refused("--failover", "--config", "primary").join(), /--config primary contradicts/)
    assert.match(refused("--failback", "--config", "backup").join(), /--config backup contradicts/)
    assert.match(refused("--drill", "--config", "backup").join(), /--config backup contradicts/)
  })

  it("rotates the secrets of both feeds, or of one", () => {
    assert.include(requested("--rotate"), { command: "rotate", feed: undefined })
    assert.include(requested("--rotate", "--feed", "backup"), { command: "rotate", feed: "backup" })
    assert.deepStrictEqual(refused("--failover", "--feed", "backup"), [
      "--feed is for a rotation: give it with --rotate"
    ])
    assert.match(
      refused("--rotate", "--feed", "third").join(),
      /--feed third is not allowed: backup or primary or both/
    )
    for (const flag of ["--rotate", "--feed"]) assert.isTrue(Result.isFailure(parseLiveFlags([flag], scriptFlags)))
  })

  it("forces a drill only, and only with a reason", () => {
    assert.include(requested("--drill", "--force", "--reason", "front moves at noon"), {
      force: true,
      reason: "front moves at noon"
    })
    assert.deepStrictEqual(refused("--drill", "--force"), ["--force needs a reason: give --reason TEXT"])
    assert.deepStrictEqual(refused("--drill", "--reason", "x"), ["--reason is for a forced drill: give --force"])
    assert.deepStrictEqual(refused("--failover", "--force", "--reason", "x"), [
      "--force is for a drill: give it with --drill",
      "--reason is for a drill: give it with --drill"
    ])
  })

  it("knows in the script no flag that operators do not know", () => {
    const result = parseLiveFlags(["--drill", "--force", "--reason", "x"], scriptFlags)
    const faults = Result.isFailure(result) ? result.failure.faults : []
    assert.deepStrictEqual(faults, ["Unknown option: --force", "Unknown option: --reason", "Unknown option: x"])
  })

  it("says whether the command line names the feed", () => {
    assert.isTrue(accepted("--config", "primary").hasConfig)
    assert.isFalse(accepted("--failover").hasConfig)
  })

  it("refuses every other value by name", () => {
    assert.deepStrictEqual(refused("--window", "afternoon"), ["--window afternoon is not allowed: day or night"])
    assert.deepStrictEqual(refused("--config", "auto"), ["--config auto is not allowed: primary or backup"])
    assert.deepStrictEqual(refused("--profile", "prod"), ["--profile prod is not allowed: dev or live or mock"])
    assert.deepStrictEqual(refused("--window", "DAY"), ["--window DAY is not allowed: day or night"])
  })

  it("refuses everything else by name", () => {
    const others = ["--help", "--windows", "--window=day", "-w", "-d", "day", "", "--", "--Force", "--RESTART", "start"]
    for (const other of others) assert.deepStrictEqual(refused(other), [`Unknown option: ${other}`])
  })

  it("refuses a flag without its value, and a flag that is given twice", () => {
    for (const { name, values } of liveFlags) {
      if (values === undefined) {
        assert.include(refused(`--${name}`, `--${name}`), `--${name} is given twice`)
        continue
      }
      const valid = values[0] ?? "x"
      assert.deepStrictEqual(refused(`--${name}`), [`--${name} needs a value`])
      assert.deepStrictEqual(refused(`--${name}`, ""), [`--${name} needs a value`])
      assert.deepStrictEqual(refused(`--${name}`, "--mock"), [`--${name} needs a value`])
      assert.deepStrictEqual(refused(`--${name}`, "-h"), [`--${name} needs a value`])
      assert.include(refused(`--${name}`, valid, `--${name}`, valid), `--${name} is given twice`)
    }
  })

  it("names all faults at once", () => {
    assert.lengthOf(refused("--window", "noon", "--stop", "--restart", "--yes"), 3)
  })

  it("prints help with -h, and still refuses what is wrong", () => {
    assert.isTrue(accepted("-h").help)
    assert.isTrue(accepted("--stop", "-h").help)
    assert.isFalse(accepted("--stop").help)
    assert.deepStrictEqual(refused("-h", "--yes"), ["Unknown option: --yes"])
  })
})

describe("the records of a refused command line", () => {
  const recorded = (...args: ReadonlyArray<string>) => recordedRequest(args, scriptFlags)

  it("have its command, or say that it names none", () => {
    assert.strictEqual(recorded("--stop", "--window", "noon").command, "stop")
    assert.strictEqual(recorded("--stop", "--yes").command, "stop")
    assert.strictEqual(recorded("--window", "noon").command, "start")
    assert.strictEqual(recorded("--yes").command, "unknown")
    assert.strictEqual(recorded("--stop", "--drill").command, "unknown")
  })

  it("have the flags that are right, and defaults for the other ones", () => {
    const args = ["--window", "noon", "--log-dir", "own", "--config", "third", "--mock", "--failover"]
    assert.include(recorded(...args), { window: "day", logDir: "own", config: "backup", mock: true })
    assert.include(recorded("--log-dir", "--mock"), { logDir: "logs/runbooks", mock: true })
  })
})
