/** Why a command cannot run; the texts are for the user. */
export class NotRunning extends Error {
  constructor(text = "Arriero's server is not running.") {
    super(text);
  }
}

/** Nothing of the workspace is read or run until the user trusts it. */
export class NotTrusted extends NotRunning {
  constructor() {
    super("Arriero waits until you trust this workspace.");
  }
}
