import { randomBytes } from "node:crypto";

/** What the page is made of; `source` is where VS Code serves files of the extension from. */
export interface PageParts {
  source: string;
  script: string;
  style: string;
}

/**
 * The chat's page. Only our own script runs, nothing is loaded from anywhere else, and a text
 * becomes part of the page by way of one policy only, that of the sanitiser.
 */
export function page({ source, script, style }: PageParts): string {
  const nonce = randomBytes(16).toString("base64url");
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${source}`,
    "form-action 'none'",
    "base-uri 'none'",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style}">
<title>Arriero chat</title>
</head>
<body>
<div id="chat"></div>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
