import { Effect, Schema, SchemaIssue } from "effect"
import { commandWords } from "../../platform/process/command-words.ts"
import { variableSection } from "../../platform/process/variable.ts"
import { ProofError } from "../ports/health.ts"

const whole = Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 0, maximum: 1_000_000_000 }))
const words = Schema.String.check(
  Schema.makeFilter((text: string) => commandWords(text) !== undefined || "expected each quote to be closed")
)

/** Variables of `--drill`. */
const DrillEnvironment = Schema.Struct({
  DRILL_HEALTH_CMD: Schema.optionalKey(words),
  DRILL_HEALTH_EXTRA_ARGS: Schema.optionalKey(words),
  DRILL_METRICS_SOURCE: Schema.optionalKey(Schema.String),
  DRILL_CONSUMER_BACKLOG_THRESHOLD: Schema.optionalKey(whole),
  DRILL_EXPECT_FEED: Schema.optionalKey(Schema.String),
  DRILL_EXPECT_ACCOUNT: Schema.optionalKey(Schema.String)
})

/** What is said about the variables of a drill. */
export const drillSection = variableSection({
  title: { en: "Failover drill", zh: "故障演练" },
  page: "operations/drill.md",
  isInExample: true,
  fields: DrillEnvironment.fields,
  variables: {
    DRILL_HEALTH_CMD: {
      en: "Program with arguments that replaces the health check of a drill; no shell reads it.",
      zh: "替代演练健康检查的程序及参数，不经过 shell。",
      derived: { en: "tickd health check --mode enforce", zh: "tickd health check --mode enforce" },
      example: "/opt/ops/check_feed --strict"
    },
    DRILL_HEALTH_EXTRA_ARGS: {
      en: "Arguments that are added to the health check of a drill.",
      zh: "追加到演练健康检查的参数。",
      example: "--expect wanted"
    },
    DRILL_METRICS_SOURCE: {
      en: "File, metrics page or address of Prometheus from which a drill reads consumer_backlog_messages.",
      zh: "演练读取 consumer_backlog_messages 的文件、指标页或 Prometheus 地址。",
      derived: { en: "the consumers of the stream itself", zh: "直接读取流的消费者" },
      example: "http://127.0.0.1:9090"
    },
    DRILL_CONSUMER_BACKLOG_THRESHOLD: {
      en: "Largest backlog of a consumer that a drill accepts.",
      zh: "演练允许的消费者最大积压。",
      preset: "2000"
    },
    DRILL_EXPECT_FEED: {
      en: "Label feed of the series that a drill reads.",
      zh: "演练所读序列的 feed 标签。",
      derived: { en: "the feed that is active at the stage", zh: "该阶段的当前行情源" }
    },
    DRILL_EXPECT_ACCOUNT: {
      en: "Label account of the series that a drill reads, plain or masked.",
      zh: "演练所读序列的 account 标签，明文或已屏蔽均可。",
      derived: { en: "any", zh: "不限" },
      secret: "account"
    }
  }
})

/** What a drill checks with. */
export interface DrillSettings {
  /** Undefined: the project's own health check. Not empty. */
  readonly healthCommand: ReadonlyArray<string> | undefined
  readonly healthArguments: ReadonlyArray<string>
  readonly metricsSource: string | undefined
  readonly backlogThreshold: number
  readonly expectFeed: string | undefined
  readonly expectAccount: string | undefined
}

const problemsOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** The settings of a drill; an empty variable counts as not set. Fails with every fault at once. */
export const drillSettingsOf = Effect.fnUntraced(function* (
  variables: Readonly<Record<string, string | undefined>>
): Effect.fn.Return<DrillSettings, ProofError> {
  const given = Object.fromEntries(
    Object.keys(DrillEnvironment.fields).flatMap((name) => {
      const text = variables[name]?.trim() ?? ""
      return text === "" ? [] : [[name, text]]
    })
  )
  const set = yield* Schema.decodeUnknownEffect(DrillEnvironment, { errors: "all" })(given).pipe(
    Effect.mapError(
      ({ issue }) =>
        new ProofError({
          exit: "drillRefused",
          message: problemsOf(issue)
            .issues.map(({ message, path }) => `${String(path?.[0] ?? "environment")}: ${message}`)
            .join("; ")
        })
    )
  )
  const command = set.DRILL_HEALTH_CMD === undefined ? undefined : commandWords(set.DRILL_HEALTH_CMD)
  return {
    healthCommand: command?.length === 0 ? undefined : command,
    healthArguments: commandWords(set.DRILL_HEALTH_EXTRA_ARGS ?? "") ?? [],
    metricsSource: set.DRILL_METRICS_SOURCE,
    backlogThreshold: set.DRILL_CONSUMER_BACKLOG_THRESHOLD ?? 2000,
    expectFeed: set.DRILL_EXPECT_FEED,
    expectAccount: set.DRILL_EXPECT_ACCOUNT
  }
})
