import { variableSection } from "../../platform/process/variable.ts"

/** Variables that `start_live_env.sh` reads, as that of the reference service did. `tickd live` reads flags only. */
export const scriptSection = variableSection({
  title: { en: "start_live_env.sh", zh: "start_live_env.sh" },
  page: "operations/live.md",
  isInExample: false,
  variables: {
    WINDOW: { en: "Stands for --window.", zh: "等同于 --window。", example: "night" },
    PROFILE: { en: "Stands for --profile.", zh: "等同于 --profile。", example: "live" },
    CONFIG: {
      en: "Stands for --config of a start, restart or stop.",
      zh: "启动、重启、停止时等同于 --config。",
      example: "primary"
    },
    ENV_FILE: { en: "Stands for --env-file.", zh: "等同于 --env-file。", example: ".env.live" },
    MOCK_MODE: {
      en: "Stands for --mock unless it is 0 or false.",
      zh: "非 0、非 false 时等同于 --mock。",
      example: "1"
    },
    ORCH_TEST_MODE: { en: "mock: stands for --mock.", zh: "mock：等同于 --mock。", example: "mock" },
    DEBUG: { en: "1 or true: stands for --debug.", zh: "1 或 true：等同于 --debug。", example: "1" }
  }
})

type Variables = Readonly<Record<string, string | undefined>>

/** Each of these commands names its own feed. */
const withOwnFeed: ReadonlySet<string> = new Set(["--failover", "--failback", "--drill"])

/**
 * The command line of the script with what its variables add; a flag that is given goes before its variable. `used`:
 * the variables that count, as `NAME=value`, so that a refused value can be found.
 */
export const scriptArguments = (
  words: ReadonlyArray<string>,
  env: Variables
): { readonly words: ReadonlyArray<string>; readonly used: ReadonlyArray<string> } => {
  const given = new Set(words)
  const hasOwnFeed = words.some((word) => withOwnFeed.has(word))
  const text = (name: string, flag: string, value = "") => ({
    name,
    flag,
    text: value.trim(),
    words: [flag, value.trim()]
  })
  const mark = (name: string, flag: string, value = "") => ({ name, flag, text: value.trim(), words: [flag] })
  const mock = mark("MOCK_MODE", "--mock", env["MOCK_MODE"])
  const isMock = !["", "0", "false"].includes(mock.text.toLowerCase())
  const test = mark("ORCH_TEST_MODE", "--mock", env["ORCH_TEST_MODE"])
  const debug = mark("DEBUG", "--debug", env["DEBUG"])
  const added = [
    ...[
      text("WINDOW", "--window", env["WINDOW"]),
      text("PROFILE", "--profile", env["PROFILE"]),
      text("CONFIG", "--config", hasOwnFeed ? "" : env["CONFIG"]),
      text("ENV_FILE", "--env-file", env["ENV_FILE"])
    ].filter((variable) => variable.text !== ""),
    ...(isMock ? [mock] : test.text === "mock" ? [test] : []),
    ...(["1", "true"].includes(debug.text.toLowerCase()) ? [debug] : [])
  ].filter(({ flag }) => !given.has(flag))
  return {
    words: [...words, ...added.flatMap((variable) => variable.words)],
    used: added.map((variable) => `${variable.name}=${variable.text}`)
  }
}
