/** One instruction of a Dockerfile. Lines that `\` continues are one. */
interface Instruction {
  readonly name: string
  readonly text: string
}

interface Stage {
  readonly name: string
  /** WORKDIR, RUN, COPY in their order. */
  readonly steps: ReadonlyArray<Instruction>
}

/** What a Dockerfile says of its image. Only the forms that ours uses; another one throws. */
export const parseDockerfile = (text: string) => {
  const instructions = text
    .replace(/^#.*\n/gm, "")
    .replace(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line): Instruction => {
      const [, name = "", rest = ""] = /^([A-Z]+) (.*)$/.exec(line) ?? []
      if (name === "") throw new Error(`No instruction: ${line}`)
      return { name, text: rest }
    })
  const stages: Array<{ name: string; steps: Array<Instruction> }> = []
  for (const instruction of instructions) {
    if (instruction.name === "FROM") {
      stages.push({ name: / AS (\w+)$/.exec(instruction.text)?.[1] ?? "", steps: [] })
    } else stages.at(-1)?.steps.push(instruction)
  }
  const last = stages.at(-1)?.steps ?? []
  const textOf = (name: string) => last.findLast((each) => each.name === name)?.text ?? ""
  const words = (name: string) => JSON.parse(textOf(name)) as ReadonlyArray<string>
  const [, healthOptions = "", healthWords = "[]"] = /^(.*)CMD (\[.*\])$/.exec(textOf("HEALTHCHECK")) ?? []
  const [user = "", group = ""] = textOf("USER").split(":")
  return {
    stages: stages as ReadonlyArray<Stage>,
    user: Number(user),
    group: Number(group),
    workdir: textOf("WORKDIR"),
    volume: textOf("VOLUME"),
    environment: Object.fromEntries(
      textOf("ENV")
        .split(" ")
        .map((pair) => pair.split("=") as [string, string])
    ),
    entrypoint: words("ENTRYPOINT"),
    command: words("CMD"),
    health: JSON.parse(healthWords) as ReadonlyArray<string>,
    healthTimeoutMs: Number(/--timeout=(\d+)s/.exec(healthOptions)?.[1]) * 1000
  }
}
export type Dockerfile = ReturnType<typeof parseDockerfile>

/** `COPY [--from=STAGE] SOURCE… DESTINATION` */
export const copyOf = (text: string) => {
  const words = text.split(" ")
  const from = /^--from=(\w+)$/.exec(words[0] ?? "")?.[1]
  const paths = from === undefined ? words : words.slice(1)
  const destination = paths.at(-1) ?? ""
  return { from, sources: paths.slice(0, -1), destination, intoFolder: destination.endsWith("/") || paths.length > 2 }
}
