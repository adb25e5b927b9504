import { Disposable, type LogOutputChannel } from "vscode";
import { activeEditor } from "../commands/editor";
import { registerHandlers } from "../handlers";
import { seed } from "../search/hits";
import { SearchPicker } from "../search/picker";
import { ways } from "../search/ways";
import type { Server } from "../server/server";
import { MapView } from "./map";
import { rebuildIndex } from "./rebuild";
import type { IndexWatch } from "./watch";

/** What a key binding may give to the search; a wrong kind is as none. */
interface SearchWish {
  query?: unknown;
  kind?: unknown;
}

/** Register what is asked of the index: searching, the repo map, building it anew. */
export function registerIndexCommands(
  server: Server,
  index: IndexWatch,
  log: LogOutputChannel,
): Disposable[] {
  const map = new MapView();
  let picker: SearchPicker | undefined;
  const search = async (wish: SearchWish = {}) => {
    await server.api(); // says so if it does not run, before there is a list
    await picker?.close();
    const opened = new SearchPicker(() => server.api(), log);
    picker = opened;
    try {
      await opened.open(queryOf(wish), ways.find(({ kind }) => kind === wish.kind) ?? ways[0]);
    } finally {
      opened.dispose();
      picker = picker === opened ? undefined : picker;
    }
  };
  const handlers = {
    search,
    rebuildIndex: async () => {
      const api = await server.api();
      void index.look();
      await rebuildIndex(api);
    },
    repoMap: async () => map.show(await server.api()),
  };
  return [
    map,
    new Disposable(() => picker?.dispose()),
    index.onChange(() => picker?.indexChanged()),
    ...registerHandlers(handlers, log),
  ];
}

/** What the list begins with: what it is told, else what is selected. */
function queryOf({ query }: SearchWish): string {
  if (typeof query === "string") {
    return query;
  }
  const editor = activeEditor();
  return seed(editor === undefined ? "" : editor.document.getText(editor.selection));
}
