/** The charts' look: the colours of `wes_biomarkers/plots/theme.py`, safe for colour-blind readers. */

export const BLUE = "#0072B2";
export const ORANGE = "#E69F00";
export const VERMILLION = "#D55E00";
export const GREEN = "#009E73";
export const PURPLE = "#CC79A7";
export const SKY = "#56B4E9";
export const INK = "#1f2933";
export const MUTED = "#52606d";
export const GREY = "#8a94a0";
export const GRID = "#e6e9ed";
export const SERIES = [BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY];
export const FONT = "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif";

/** Vega-Lite's `config` of every chart. */
export const chartConfig = {
  font: FONT,
  background: "transparent",
  view: { stroke: null },
  axis: {
    labelColor: INK,
    titleColor: INK,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 500,
    gridColor: GRID,
    domainColor: GREY,
    tickColor: GREY,
    titlePadding: 10,
    labelPadding: 4,
  },
  axisX: { grid: false },
  legend: { labelFontSize: 12, titleFontSize: 12, labelColor: INK, titleColor: INK, symbolSize: 90 },
  header: { labelFontSize: 12, labelColor: INK, titleColor: INK },
  title: { anchor: "start", fontSize: 14, fontWeight: 600, color: INK },
  range: { category: SERIES },
} as const;
