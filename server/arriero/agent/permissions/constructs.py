"""What a shell line may have that its words do not show, by the names of the grammar's nodes."""

from __future__ import annotations

WHY = {
    "command_substitution": "it puts the output of another command into the line",
    "process_substitution": "it puts another command into the line as a file",
    "simple_expansion": "it has a variable in it",
    "expansion": "it has a variable in it",
    "arithmetic_expansion": "it has a sum in it that the shell works out",
    "ansi_c_string": "it has a text with escapes in it",
    "translated_string": "it has a text in it that the shell translates",
    "heredoc_redirect": "it has a text of several lines as input",
    "herestring_redirect": "it has a text as input",
    "variable_assignment": "it sets a variable",
    "variable_assignments": "it sets variables",
    "declaration_command": "it sets a variable",
    "unset_command": "it unsets a variable",
    "function_definition": "it defines a function",
    "subshell": "it has a shell within the shell",
    "compound_statement": "it has a group of commands",
    "if_statement": "it has a condition",
    "for_statement": "it has a loop",
    "c_style_for_statement": "it has a loop",
    "while_statement": "it has a loop",
    "case_statement": "it has a choice",
    "test_command": "it has a condition",
    "brace_expression": "it has braces, which stand for several words",
    "&": "it goes on in the background",
}
