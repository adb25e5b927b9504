import { memo } from "preact/compat";
import type { Item as Shown, UserItem } from "../../src/chat/items";
import { Answer } from "./answer";
import { Permission } from "./permission";
import { Proposal } from "./proposal";
import { Thought } from "./thought";
import { Tool } from "./tool";
import { User } from "./user";

export interface ItemProps {
  item: Shown;
  busy: boolean;
  onEdit: (item: UserItem) => void;
  onAgain: (item: UserItem) => void;
}

/** One item of the list; drawn anew only when it became another. */
export const Item = memo(function Item({ item, ...rest }: ItemProps) {
  switch (item.kind) {
    case "user":
      return <User item={item} {...rest} />;
    case "answer":
      return <Answer item={item} />;
    case "thought":
      return <Thought item={item} />;
    case "tool":
      return <Tool item={item} />;
    case "permission":
      return <Permission item={item} />;
    case "proposal":
      return <Proposal item={item} />;
    case "notice":
      return <div class={`notice ${item.level}`}>{item.text}</div>;
  }
});

/** What a screen reader calls an item. */
export function labelOf(item: Shown): string {
  const names = {
    user: "You",
    answer: "Arriero",
    thought: "Thinking",
    tool: "Tool",
    permission: "Permission",
    proposal: "Proposal",
    notice: "Notice",
  };
  return names[item.kind];
}
