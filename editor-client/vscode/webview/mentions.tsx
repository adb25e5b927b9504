import type { Chip } from "../src/chat/items";
import type { Mention } from "../src/chat/messages";

interface Props {
  offered: readonly Mention[];
  picked: number;
  onPick: (chip: Chip) => void;
}

/** What an `@` may become; the keys are those of the message, which keeps the focus. */
export function Mentions({ offered, picked, onPick }: Props) {
  if (offered.length === 0) {
    return null;
  }
  return (
    <div class="mentions" id="mentions" role="listbox" aria-label="Context to add">
      {offered.map(({ chip, label, about }, at) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the message handles the keys of its list
        // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the message
        <div
          key={`${label} ${about}`}
          id={`mention-${at}`}
          role="option"
          aria-selected={at === picked}
          ref={(option) => {
            if (at === picked) {
              option?.scrollIntoView({ block: "nearest" });
            }
          }}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onPick(chip)}
        >
          <span>{label}</span>
          <span class="about">{about}</span>
        </div>
      ))}
    </div>
  );
}
