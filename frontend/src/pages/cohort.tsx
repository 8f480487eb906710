/** The cohort: who is in it, narrowed by linked filters. */

import type { Page, PageProps } from "./index";

function CohortView({ cohort }: PageProps) {
  return <p>{cohort.name}</p>;
}

export const cohortPage: Page = { id: "cohort", title: "Cohort", shown: () => true, View: CohortView };
