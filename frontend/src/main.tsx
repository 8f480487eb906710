import "./style/font.css";
import { render } from "preact";
import { App } from "./app";
import "./style/base.css";
import "./style/biomarkers.css";
import "./style/cohort.css";
import "./style/grid.css";
import "./style/pages.css";
import "./style/print.css";

const place = document.getElementById("app")!;
place.replaceChildren();
render(<App />, place);
