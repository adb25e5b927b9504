/** A symbol of a document as VS Code tells it; `kind` is its SymbolKind. */
export interface Symbol<R> {
  kind: number;
  range: R;
  children?: Symbol<R>[];
}

/** SymbolKind: Class, Method, Constructor, Function. */
const kinds = new Set([4, 5, 8, 11]);

/** Lenses in one file at most: each is three words above a line. */
export const mostLenses = 300;

/** The ranges of functions, methods and classes, in their order; not of those inside functions. */
export function places<R>(symbols: readonly Symbol<R>[]): R[] {
  const found: R[] = [];
  const visit = (symbol: Symbol<R>) => {
    const lens = kinds.has(symbol.kind);
    if (lens) {
      found.push(symbol.range);
    }
    if (!lens || symbol.kind === 4) {
      symbol.children?.forEach(visit);
    }
  };
  symbols.forEach(visit);
  return found.slice(0, mostLenses);
}
