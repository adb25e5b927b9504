import type { UserItem } from "../../src/chat/items";
import { ChipList } from "../chips";
import { Icon } from "../icons";

interface Props {
  item: UserItem;
  busy: boolean;
  onEdit: (item: UserItem) => void;
  onAgain: (item: UserItem) => void;
}

/** What the user asked. To ask it again, as it is or in other words, begins a copy of the session. */
export function User({ item, busy, onEdit, onAgain }: Props) {
  return (
    <div class="user">
      <div class="words">{item.text}</div>
      <ChipList chips={item.chips} />
      <div class="acts">
        <button type="button" class="quiet" disabled={busy} onClick={() => onEdit(item)}>
          <Icon name="edit" /> Edit
        </button>
        <button type="button" class="quiet" disabled={busy} onClick={() => onAgain(item)}>
          <Icon name="again" /> Try again
        </button>
      </div>
    </div>
  );
}
