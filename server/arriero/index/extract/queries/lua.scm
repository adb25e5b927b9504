(function_declaration name: (identifier) @name) @function
(function_declaration name: (dot_index_expression
  table: (_) @container field: (identifier) @name)) @function
(function_declaration name: (method_index_expression
  table: (_) @container method: (identifier) @name)) @method
(assignment_statement
  (variable_list . name: [
    (identifier) @name
    (dot_index_expression table: (_) @container field: (identifier) @name)
    (bracket_index_expression
      table: (_) @container field: (string content: (string_content) @name))])
  (expression_list . value: (function_definition))) @function
(field
  name: [(identifier) @name (string content: (string_content) @name)]
  value: (function_definition)) @function
(chunk (variable_declaration (assignment_statement
  (variable_list name: (identifier) @name))) @variable)
(chunk (assignment_statement (variable_list name: (identifier) @name)) @variable)

(function_call name: [
  (identifier) @reference
  (dot_index_expression field: (identifier) @reference)
  (method_index_expression method: (identifier) @reference)])
