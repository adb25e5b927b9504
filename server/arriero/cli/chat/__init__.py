"""`arriero chat`: a conversation in the terminal, prompt after prompt."""
