import type { Chip } from "../src/chat/items";
import { chipLabel, referenceOf } from "../src/chat/references";
import { Icon } from "./icons";

interface Props {
  chips: readonly Chip[];
  onRemove?: (chip: Chip) => void;
}

/** What stands beside a message. */
export function ChipList({ chips, onRemove }: Props) {
  if (chips.length === 0) {
    return null;
  }
  return (
    <ul class="chips" aria-label="Context">
      {chips.map((chip) => (
        <li key={referenceOf(chip)} title={referenceOf(chip)}>
          <span>{chipLabel(chip)}</span>
          {onRemove && (
            <button
              type="button"
              class="remove"
              aria-label={`Remove ${chipLabel(chip)}`}
              onClick={() => onRemove(chip)}
            >
              <Icon name="close" />
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
