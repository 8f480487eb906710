/** One biomarker against outcome, treatment and other biomarkers. */

import type { Page, PageProps } from "./index";

function BiomarkersView({ cohort }: PageProps) {
  return <p>{cohort.name}</p>;
}

export const biomarkersPage: Page = {
  id: "biomarkers",
  title: "Biomarkers",
  shown: () => true,
  View: BiomarkersView,
};
