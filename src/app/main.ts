// The first lines of the program. Help and version are printed from text; everything else loads the parser of the
// command line.
import { commonFlags, helpText } from "../cli/terminal/help-text.ts"
import { projectVersion } from "../platform/process/project-version.ts"
import { programDescription, verbGroups } from "./verbs.ts"

const argv = process.argv.slice(2)
const [first] = argv
const isAlone = argv.length === 1

if (isAlone && (first === "--help" || first === "-h")) {
  const groups = verbGroups.map(({ group, verbs }) => ({
    group,
    verbs: verbs.map(({ name, summary }) => ({ name, text: summary }))
  }))
  const page = {
    description: programDescription,
    usage: "tickd <subcommand> [flags]",
    isProgram: true,
    groups,
    arguments: [],
    flags: [],
    commonFlags
  }
  process.stdout.write(`${helpText(page, process.stdout.columns || 80)}\n`)
} else if (isAlone && (first === "--version" || first === "-v")) {
  process.stdout.write(`tickd v${projectVersion}\n`)
} else {
  const { runProgram } = await import("./program.ts")
  await runProgram(argv)
}
