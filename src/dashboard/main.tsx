import "./style/tokens.css";
import "./style/base.css";
import "./style/shell.css";
import "./style/pods.css";
import "./style/inspect.css";
import "./style/lesson.css";
import "./style/replay.css";
import "./style/rollout.css";
import { render } from "preact";
import { restWhenHidden } from "./connection/api.ts";
import { scope } from "./state/cluster.ts";
import { completeInfo, loadInfo } from "./state/info.ts";
import { applyPreferences } from "./state/preferences.ts";
import { recordRollouts } from "./state/recordings.ts";
import { followScope, route } from "./state/route.ts";
import { App } from "./ui/app.tsx";

applyPreferences();
restWhenHidden();
// Where the address names no namespace, the context's counts. Without an answer the page says that there is none.
const loaded = await loadInfo().catch(() => undefined);
if (loaded && (route.peek().page === "unknown" || !("namespace" in route.peek()))) scope.value = loaded.namespace;
followScope();
completeInfo();
recordRollouts();
render(<App />, document.getElementById("app") as HTMLElement);
