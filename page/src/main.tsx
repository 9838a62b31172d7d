import "uplot/dist/uPlot.min.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/shell.css";
import "./styles/readings.css";
import "./styles/screens.css";
import { render } from "preact";
import { takeToken } from "./api/token";
import { App } from "./App";
import { watchRoute } from "./state/route";
import { watchServer } from "./state/server";
import { texts } from "./texts";

takeToken();
watchRoute();
document.documentElement.lang = texts.language;
render(<App />, document.getElementById("app") as HTMLElement);
void watchServer();
