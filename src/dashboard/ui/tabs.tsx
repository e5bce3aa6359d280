/** Views of one object, each with an address of its own. */
import { addressOf, type Route } from "../state/route.ts";

export interface Tab {
  readonly label: string;
  readonly route: Route;
  readonly current: boolean;
}

export function Tabs({ label, tabs }: { readonly label: string; readonly tabs: readonly Tab[] }) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.label} href={addressOf(tab.route)} aria-current={tab.current ? "page" : undefined}>
          {tab.label}
        </a>
      ))}
    </nav>
  );
}
