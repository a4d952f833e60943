// Grafana's JSON of a dashboard, made with Grafana's own builders, so that field names and defaults are theirs.
import * as bars from "@grafana/grafana-foundation-sdk/bargauge"
import * as common from "@grafana/grafana-foundation-sdk/common"
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard"
import * as heatmap from "@grafana/grafana-foundation-sdk/heatmap"
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus"
import * as stat from "@grafana/grafana-foundation-sdk/stat"
import * as states from "@grafana/grafana-foundation-sdk/statetimeline"
import * as table from "@grafana/grafana-foundation-sdk/table"
import * as trend from "@grafana/grafana-foundation-sdk/timeseries"
import { type Annotation, both, type Dashboard, type Panel, paragraphs, type Query, type Row } from "./panel.ts"
import { variables } from "./variables.ts"

const source = { type: "prometheus", uid: "${datasource}" }

const thresholds = ([first, ...rest]: Panel["steps"]) =>
  new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps([{ value: null, color: first }, ...rest.map(([value, color]) => ({ value, color }))])

const mappings = (texts: NonNullable<Panel["texts"]>): Array<dashboard.ValueMap> => [
  {
    type: dashboard.MappingType.ValueToText,
    options: Object.fromEntries(
      Object.entries(texts).map(([value, [text, color]], index) => [value, { text: both(text), color, index }])
    )
  }
]

const isOfNow = (kind: Panel["kind"]) => kind === "now" || kind === "rows" || kind === "bars"

/** What shows the present asks for one value: over a range, labels that have changed would be shown twice. */
const target = (kind: Panel["kind"], { expr, legend }: Query, index: number) => {
  const query = new prometheus.DataqueryBuilder()
    .expr(expr)
    .legendFormat(legend)
    .refId(String.fromCharCode(65 + index))
    .datasource(source)
  if (isOfNow(kind)) query.instant()
  else query.range()
  if (kind === "rows") query.format(prometheus.PromQueryFormat.Table)
  if (kind === "buckets") query.format(prometheus.PromQueryFormat.Heatmap)
  return query
}

const legend = () =>
  new common.VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(common.LegendDisplayMode.List)
    .placement(common.LegendPlacement.Bottom)
const newest = () => new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"])
const allSeries = () =>
  new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending)

const trendOf = ({ isStacked, steps }: Panel) => {
  const panel = new trend.PanelBuilder()
    .legend(legend())
    .tooltip(allSeries())
    .lineWidth(1)
    .fillOpacity(isStacked === true ? 30 : 8)
    .showPoints(common.VisibilityMode.Never)
    .axisSoftMin(0)
    .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.PaletteClassicByName))
  if (isStacked === true) panel.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal))
  const isLimited = steps.length > 1
  return panel.thresholdsStyle(
    new common.GraphThresholdsStyleConfigBuilder().mode(
      isLimited ? common.GraphThresholdsStyleMode.Dashed : common.GraphThresholdsStyleMode.Off
    )
  )
}

const byThreshold = () => new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.Thresholds)

const nowOf = ({ isNameShown }: Panel) =>
  new stat.PanelBuilder()
    .reduceOptions(newest())
    .colorMode(common.BigValueColorMode.Background)
    .graphMode(common.BigValueGraphMode.None)
    .textMode(isNameShown === true ? common.BigValueTextMode.Name : common.BigValueTextMode.Auto)
    .colorScheme(byThreshold())

/** One column for each query, named by its legend; rows with the same labels become one. */
const rowsOf = ({ queries }: Panel) => {
  const renameByName = Object.fromEntries(
    queries.map(({ legend: name }, index) => [
      queries.length === 1 ? "Value" : `Value #${String.fromCharCode(65 + index)}`,
      name
    ])
  )
  return new table.PanelBuilder()
    .showHeader(true)
    .withTransformation({ id: "merge", options: {} })
    .withTransformation({ id: "organize", options: { excludeByName: { Time: true }, renameByName } })
    .cellOptions({ type: common.TableCellDisplayMode.ColorText })
    .colorScheme(byThreshold())
}

const barsOf = () =>
  new bars.PanelBuilder()
    .reduceOptions(newest())
    .orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Basic)
    .colorScheme(byThreshold())

const statesOf = () =>
  new states.PanelBuilder()
    .mergeValues(true)
    .showValue(common.VisibilityMode.Auto)
    .legend(legend())
    .tooltip(allSeries())
    .colorScheme(byThreshold())

const cellsOf = ({ unit }: Panel) =>
  new heatmap.PanelBuilder()
    .calculate(false)
    .cellGap(1)
    .color(
      new heatmap.HeatmapColorOptionsBuilder().mode(heatmap.HeatmapColorMode.Scheme).scheme("YlOrRd").steps(16).min(0)
    )
    .cellValues(new heatmap.CellValuesBuilder().unit(unit))
    .showLegend()

const bucketsOf = (panel: Panel) =>
  cellsOf({ ...panel, unit: "short" }).yAxis(new heatmap.YAxisConfigBuilder().unit(panel.unit))

const kinds = {
  trend: trendOf,
  now: nowOf,
  rows: rowsOf,
  bars: barsOf,
  states: statesOf,
  grid: cellsOf,
  buckets: bucketsOf
}

const panelOf = (panel: Panel) => {
  const { about, height = 8, kind, max, queries, steps, texts, title, unit, width = 8 } = panel
  const made = kinds[kind](panel)
    .title(both(title))
    .description(paragraphs(about))
    .datasource(source)
    .unit(unit)
    .thresholds(thresholds(steps))
    .span(width)
    .height(height)
    .targets(queries.map((query, index) => target(kind, query, index)))
  if (max !== undefined) made.min(0).max(max)
  if (texts !== undefined) made.mappings(mappings(texts))
  if (panel.mayBeEmpty !== undefined) made.noValue("–")
  return made
}

const rowOf = ({ panels, title }: Row) => {
  const row = new dashboard.RowBuilder(both(title))
  return { row, panels: panels.map(panelOf) }
}

const annotationOf = ({ colour, expr, text, title }: Annotation) =>
  new dashboard.AnnotationQueryBuilder()
    .name(both(title))
    .datasource(source)
    .enable(true)
    .iconColor(colour)
    .expr(expr)
    .step("15s")
    .titleFormat(both(title))
    .textFormat(text)

/** The text of its file. */
export const dashboardJson = ({ about, annotations, chooses, rows, title, uid }: Dashboard): string => {
  const made = new dashboard.DashboardBuilder(title)
    .uid(uid)
    .description(paragraphs(about))
    .tags(["tickd"])
    .timezone("Asia/Shanghai")
    .time({ from: "now-6h", to: "now" })
    .refresh("30s")
    .editable()
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .variables(variables(source, chooses))
    .annotations(annotations.map(annotationOf))
    .link(
      new dashboard.DashboardLinkBuilder("tickd")
        .type(dashboard.DashboardLinkType.Dashboards)
        .tags(["tickd"])
        .includeVars(true)
        .keepTime(true)
    )
  for (const { panels, row } of rows.map(rowOf)) {
    made.withRow(row)
    for (const panel of panels) made.withPanel(panel)
  }
  return `${JSON.stringify(made.build(), null, 2)}\n`
}
