/** The browser's pages, in the order of the navigation. A new page is one module and one line here. */

import type { ComponentType } from "preact";
import type { Route } from "../router";
import type { Cohort, Column, Counts } from "../types";
import { askPage } from "./ask";
import { biomarkersPage } from "./biomarkers";
import { cohortPage } from "./cohort";
import { genesPage } from "./genes";
import { patientPage } from "./patient";
import { planPage } from "./plan";

export interface PageProps {
  cohort: Cohort;
  columns: Column[];
  route: Route;
  /** Counts under the present filter; null until the first answer. */
  counts: Counts | null;
}

export interface Page {
  id: string;
  title: string;
  /** Whether this cohort has anything to show there; pages that do not are absent. */
  shown: (cohort: Cohort) => boolean;
  /** The filter says nothing on this page, so its bar is left out. */
  unfiltered?: (route: Route) => boolean;
  /** Columns whose counts under the filter the page shows. */
  counted?: (columns: Column[], route: Route) => string[];
  View: ComponentType<PageProps>;
}

export const pages: Page[] = [cohortPage, biomarkersPage, genesPage, patientPage, planPage, askPage];
