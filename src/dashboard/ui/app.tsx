/** The frame of the page, and which page is in it. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { LessonPage } from "../pages/lesson.tsx";
import { OverviewPage } from "../pages/overview.tsx";
import { PodPage } from "../pages/pod.tsx";
import { ServicePage } from "../pages/service.tsx";
import { WorkloadPage } from "../pages/workload.tsx";
import { scope } from "../state/cluster.ts";
import { language, theme } from "../state/preferences.ts";
import { addressOf, goTo, type Route, route } from "../state/route.ts";
import { languages } from "../text/languages.ts";
import { t } from "../text/text.ts";
import { Bar, themes } from "./bar.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import { Palette } from "./palette.tsx";
import { listenForShortcuts, ShortcutList, useShortcuts } from "./shortcuts.tsx";

function Page({ at }: { readonly at: Route }) {
  switch (at.page) {
    case "overview":
      return <OverviewPage />;
    case "workload":
      return <WorkloadPage key={`${at.plural}/${at.namespace}/${at.name}`} {...at} />;
    case "pod":
      return <PodPage key={`${at.namespace}/${at.name}`} {...at} />;
    case "service":
      return <ServicePage key={`${at.namespace}/${at.name}`} {...at} />;
    case "lesson":
      return <LessonPage />;
    case "unknown":
      return (
        <div class="stack">
          <h1 tabIndex={-1}>{t().shell.unknownPage}</h1>
          <a href={addressOf({ page: "overview" })}>{t().shell.toOverview}</a>
        </div>
      );
  }
}

const after = <T,>(all: readonly T[], one: T): T => all[(all.indexOf(one) + 1) % all.length] as T;

export function App() {
  const open = useSignal<"search" | "help" | undefined>(undefined);
  const main = useRef<HTMLElement>(null);
  const close = () => {
    open.value = undefined;
  };
  useEffect(listenForShortcuts, []);
  const shortcuts = useMemo(
    () =>
      [
        { key: "/", does: (w) => w.search, run: () => (open.value = "search") },
        { key: "?", does: (w) => w.help, run: () => (open.value = "help") },
        { key: "o", does: (w) => w.overview, run: () => goTo({ page: "overview", namespace: scope.peek() }) },
        { key: "n", does: (w) => w.namespace, run: () => document.getElementById("namespace")?.focus() },
        { key: "t", does: (w) => w.theme, run: () => (theme.value = after(themes, theme.peek())) },
        { key: "l", does: (w) => w.language, run: () => (language.value = after(languages, language.peek())) },
      ] satisfies Parameters<typeof useShortcuts>[0],
    [open],
  );
  useShortcuts(shortcuts);
  // Whoever hears the page learns that it is another one; at first the browser says so itself.
  const address = addressOf(route.value);
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) main.current?.querySelector("h1")?.focus();
    first.current = false;
  }, [address]);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        {t().shell.skip}
      </button>
      <Bar onSearch={() => (open.value = "search")} onHelp={() => (open.value = "help")} />
      <ConnectionBanner />
      <main class="wide" ref={main} tabIndex={-1}>
        <Page at={route.value} />
      </main>
      {open.value === "search" ? <Palette onClose={close} /> : null}
      {open.value === "help" ? <ShortcutList onClose={close} /> : null}
    </>
  );
}
