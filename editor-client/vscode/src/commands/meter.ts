import type { WorkDone } from "../protocol/api";

/** A step for VS Code's progress: `increment` is in percent of the whole. */
export interface MeterStep {
  message?: string;
  increment?: number;
}

/** Turns LSP's progress values (absolute percentages) into VS Code's (increments). */
export class Meter {
  private reached = 0;

  step(value: WorkDone): MeterStep {
    const step: MeterStep = {};
    if (value.message !== undefined) {
      step.message = value.message;
    }
    if (value.kind !== "end" && value.percentage !== undefined) {
      const percentage = Math.min(100, Math.max(this.reached, value.percentage));
      step.increment = percentage - this.reached;
      this.reached = percentage;
    }
    return step;
  }
}
