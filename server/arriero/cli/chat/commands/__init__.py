"""What a line that begins with a slash does, by topic; `chat.table` names them."""
