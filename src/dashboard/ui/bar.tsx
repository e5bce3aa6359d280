/** What stands above every page. */
import { keyOf } from "../../api/kind.ts";
import { namespaces } from "../../client/kinds.ts";
import icon from "../icon.svg";
import { live, scope } from "../state/cluster.ts";
import { info } from "../state/info.ts";
import { language, type Theme, theme } from "../state/preferences.ts";
import { addressOf, goTo } from "../state/route.ts";
import { type Language, languages } from "../text/languages.ts";
import { t, tables } from "../text/text.ts";
import { Icon } from "./icons.tsx";

export const themes: readonly Theme[] = ["system", "light", "dark"];

/** By name, those that the reader may see; the one that is looked at is always among them. */
function namespaceNames(): string[] {
  const names = new Set(live(namespaces).list().map(keyOf));
  if (scope.value) names.add(scope.value);
  const own = info.value?.namespace;
  if (own && names.size <= 1) names.add(own);
  return [...names].sort();
}

function NamespaceSwitch() {
  const words = t().shell;
  return (
    <select
      id="namespace"
      class="namespace"
      aria-label={words.namespace}
      value={scope.value}
      onChange={(event) => goTo({ page: "overview", namespace: event.currentTarget.value })}
    >
      <option value="">{words.allNamespaces}</option>
      {namespaceNames().map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

export function Bar({ onSearch, onHelp }: { readonly onSearch: () => void; readonly onHelp: () => void }) {
  const words = t().shell;
  return (
    <header class="bar">
      <a
        class="brand"
        href={addressOf({ page: "overview", namespace: scope.value })}
        aria-label={`wherry: ${words.overview}`}
      >
        <img src={icon} alt="" width="28" height="28" />
        <span class="only-wide">wherry</span>
      </a>
      <NamespaceSwitch />
      <button type="button" onClick={onSearch} aria-label={words.search} aria-keyshortcuts="/">
        <Icon name="search" /> <span class="only-wide">{words.search}</span> <kbd class="only-wide">/</kbd>
      </button>
      <span class="grow" />
      {info.value ? <span class="context">{words.context(info.value.context)}</span> : null}
      <select
        aria-label={words.language}
        value={language.value}
        onChange={(event) => {
          language.value = event.currentTarget.value as Language;
        }}
      >
        {languages.map((l) => (
          <option key={l} value={l} lang={l}>
            {tables[l].languageName}
          </option>
        ))}
      </select>
      <select
        aria-label={words.theme}
        value={theme.value}
        onChange={(event) => {
          theme.value = event.currentTarget.value as Theme;
        }}
      >
        {themes.map((one) => (
          <option key={one} value={one}>
            {words.themes[one]}
          </option>
        ))}
      </select>
      <button type="button" class="plain" onClick={onHelp} aria-label={words.shortcuts} aria-keyshortcuts="?">
        <Icon name="help" />
      </button>
    </header>
  );
}
