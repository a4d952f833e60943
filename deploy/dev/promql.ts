// Reads PromQL with Prometheus' own grammar: which metrics an expression reads, and what is wrong with it. An alert on
// a metric that does not exist never fires, and `rate` of a gauge is a number without a meaning: promtool accepts both.
import { parser } from "@prometheus-io/lezer-promql"
import type { KnownMetric, MetricCatalogue } from "./metric-catalogue.ts"

type Node = ReturnType<typeof parser.parse>["topNode"]

interface LabelMatcher {
  readonly label: string
  readonly operator: string
  readonly value: string
}

/** One place where an expression reads a metric. */
export interface MetricRead {
  readonly metric: string
  readonly matchers: ReadonlyArray<LabelMatcher>
  /** The function whose argument it is, without brackets and offsets between; "" for none. */
  readonly functionName: string
}

interface Grouping {
  readonly labels: ReadonlyArray<string>
  /** What they group or match: metrics, and labels that functions make. */
  readonly of: Node
}

const childrenOf = (node: Node): ReadonlyArray<Node> => {
  const children: Array<Node> = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child)
  return children
}
/** The node and all below it whose type has the name. */
const allOf = (node: Node, name: string): ReadonlyArray<Node> => [
  ...(node.type.name === name ? [node] : []),
  ...childrenOf(node).flatMap((child) => allOf(child, name))
]
const unquoted = (text: string): string => text.replace(/^(["'`])(.*)\1$/s, "$2").replace(/\\(["\\])/g, "$1")

/** What may stand between a function and the selector that it is called with. */
const wrappers = new Set(["MatrixSelector", "OffsetExpr", "ParenExpr", "StepInvariantExpr", "FunctionCallBody"])

const functionOf = (selector: Node, text: string): string => {
  let node = selector.parent
  while (node !== null && wrappers.has(node.type.name)) node = node.parent
  return node?.type.name === "FunctionCall" ? text.slice(node.from, node.firstChild?.to) : ""
}

const readOf = (selector: Node, text: string): MetricRead => {
  const textOf = (node: Node | null) => (node === null ? "" : text.slice(node.from, node.to))
  const matchers = [...allOf(selector, "UnquotedLabelMatcher"), ...allOf(selector, "QuotedLabelMatcher")].map(
    (node) => ({
      label: unquoted(textOf(node.firstChild)),
      operator: textOf(node.getChild("MatchOp")),
      value: unquoted(textOf(node.lastChild))
    })
  )
  const named = matchers.find(({ label, operator }) => label === "__name__" && operator === "=")?.value ?? ""
  const identifier = textOf(selector.getChild("Identifier"))
  return {
    metric: identifier === "" ? named : identifier,
    matchers: matchers.filter(({ label }) => label !== "__name__"),
    functionName: functionOf(selector, text)
  }
}

/** `by`, `without`, `on`, `ignoring` and `group_left`: they speak of the expression that they stand in. */
const groupingsOf = (top: Node, text: string): ReadonlyArray<Grouping> =>
  allOf(top, "GroupingLabels").flatMap((node) => {
    const of = node.parent?.parent
    if (of === null || of === undefined) return []
    const labels = [...node.getChildren("LabelName"), ...node.getChildren("QuotedLabelName")]
    return [{ labels: labels.map(({ from, to }) => unquoted(text.slice(from, to))), of }]
  })

/** Labels that `label_replace`, `label_join` and `count_values` make: their first text. */
const madeLabelsIn = (node: Node, text: string): ReadonlyArray<string> =>
  [...allOf(node, "FunctionCall"), ...allOf(node, "AggregateExpr")].flatMap((call) => {
    const name = text.slice(call.firstChild?.from, call.firstChild?.to)
    const made = call.getChild("FunctionCallBody")?.getChild("StringLiteral")
    return /^(?:label_replace|label_join|count_values)$/.test(name) && made !== null && made !== undefined
      ? [unquoted(text.slice(made.from, made.to))]
      : []
  })

const readsIn = (node: Node, text: string): ReadonlyArray<MetricRead> =>
  allOf(node, "VectorSelector").map((selector) => readOf(selector, text))

/** Every metric that the expression reads, each place once. A broken expression has what could be read of it. */
export const metricReads = (expression: string): ReadonlyArray<MetricRead> =>
  readsIn(parser.parse(expression).topNode, expression)

const counterFunctions = new Set(["rate", "irate", "increase", "resets"])
const gaugeFunctions = new Set(["delta", "idelta", "deriv", "predict_linear", "double_exponential_smoothing"])

const typeFaults = ({ functionName, metric }: MetricRead, { type }: KnownMetric): ReadonlyArray<string> => {
  if (type === "gauge" && counterFunctions.has(functionName)) return [`${functionName} of ${metric}, which is a gauge`]
  if (type === "counter" && gaugeFunctions.has(functionName))
    return [`${functionName} of ${metric}, which is a counter`]
  if (type === "histogram") return [`${metric} is a histogram: read ${metric}_bucket, _sum or _count`]
  return []
}

/** The values that a matcher asks for, when it lists them; a variable of a dashboard has any. */
const valuesOf = ({ operator, value }: LabelMatcher): ReadonlyArray<string> => {
  if (value === "" || value.includes("$")) return []
  if (operator === "=" || operator === "!=") return [value]
  return /^[\w|-]+$/.test(value) ? value.split("|") : []
}

const matcherFaults = ({ matchers, metric }: MetricRead, { labels }: KnownMetric): ReadonlyArray<string> =>
  labels === undefined
    ? []
    : matchers.flatMap((matcher) => {
        const known = labels.get(matcher.label)
        if (!labels.has(matcher.label)) return [`${metric} has no label ${matcher.label}`]
        return valuesOf(matcher)
          .filter((value) => known !== undefined && !known.includes(value))
          .map((value) => `${metric} has no value ${value} of the label ${matcher.label}`)
      })

const groupingFaults = (top: Node, text: string, catalogue: MetricCatalogue): ReadonlyArray<string> =>
  groupingsOf(top, text).flatMap(({ labels, of }) => {
    const read = readsIn(of, text).map(({ metric }) => catalogue.get(metric))
    // A metric whose labels are not known may have any.
    if (read.some((known) => known?.labels === undefined)) return []
    const known = new Set([...read.flatMap((each) => [...(each?.labels?.keys() ?? [])]), ...madeLabelsIn(of, text)])
    return labels
      .filter((label) => !known.has(label))
      .map((label) => `no metric of ${text.slice(of.from, of.to).replace(/\s+/g, " ")} has the label ${label}`)
  })

const syntaxFault = (top: Node, text: string): string | undefined => {
  const [error] = allOf(top, "⚠")
  if (error === undefined) return undefined
  const rest = text.slice(error.from).trimStart()
  return `syntax error at character ${error.from + 1}, ${rest === "" ? "at the end" : `before "${rest.slice(0, 24)}"`}`
}

/**
 * What is wrong with an expression; empty: nothing. A syntax error hides the rest. Replace the variables of a dashboard
 * that stand for a duration (`$__rate_interval`) before; in a matcher they may stay.
 */
export const promqlFaults = (expression: string, catalogue: MetricCatalogue): ReadonlyArray<string> => {
  const top = parser.parse(expression).topNode
  const syntax = syntaxFault(top, expression)
  if (syntax !== undefined) return [syntax]
  return [
    ...new Set([
      ...readsIn(top, expression).flatMap((read) => {
        if (read.metric === "") return ["a selector without the name of a metric"]
        const known = catalogue.get(read.metric)
        if (known === undefined) return [`reads ${read.metric}, which no program has`]
        return [...typeFaults(read, known), ...matcherFaults(read, known)]
      }),
      ...groupingFaults(top, expression, catalogue)
    ])
  ]
}
