(rule_set (selectors) @name) @selector
(keyframes_statement (keyframes_name) @name) @keyframes
((declaration (property_name) @name) @variable (#match? @name "^--"))

((call_expression (function_name) @_function (arguments (plain_value) @reference))
  (#eq? @_function "var"))
