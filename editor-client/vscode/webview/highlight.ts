import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import csharp from "highlight.js/lib/languages/csharp";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import dockerfile from "highlight.js/lib/languages/dockerfile";
import go from "highlight.js/lib/languages/go";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import kotlin from "highlight.js/lib/languages/kotlin";
import lua from "highlight.js/lib/languages/lua";
import makefile from "highlight.js/lib/languages/makefile";
import markdown from "highlight.js/lib/languages/markdown";
import php from "highlight.js/lib/languages/php";
import python from "highlight.js/lib/languages/python";
import ruby from "highlight.js/lib/languages/ruby";
import rust from "highlight.js/lib/languages/rust";
import sql from "highlight.js/lib/languages/sql";
import swift from "highlight.js/lib/languages/swift";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";

const languages = {
  bash,
  c,
  cpp,
  csharp,
  css,
  diff,
  dockerfile,
  go,
  ini,
  java,
  javascript,
  json,
  kotlin,
  lua,
  makefile,
  markdown,
  php,
  python,
  ruby,
  rust,
  sql,
  swift,
  typescript,
  xml,
  yaml,
};
for (const [name, language] of Object.entries(languages)) {
  hljs.registerLanguage(name, language);
}

/** Longer code is shown in one colour: to find its words would hold up the page. */
const longest = 20_000;
/** Blocks whose colours are remembered: those of an answer that is still being written. */
const remembered = 60;
const cache = new Map<string, string>();

/** Code as HTML with the colours' classes, undefined for a language that is not known. */
export function highlighted(code: string, language: string): string | undefined {
  if (code.length > longest || hljs.getLanguage(language) === undefined) {
    return undefined;
  }
  const key = `${language}\n${code}`;
  const before = cache.get(key);
  if (before !== undefined) {
    return before;
  }
  const html = hljs.highlight(code, { language, ignoreIllegals: true }).value;
  cache.set(key, html);
  if (cache.size > remembered) {
    const [oldest = ""] = cache.keys();
    cache.delete(oldest);
  }
  return html;
}
