(function_declaration name: (identifier) @name) @function
(generator_function_declaration name: (identifier) @name) @function
(method_definition
  name: [(property_identifier) (private_property_identifier)] @name) @method
(variable_declarator name: (identifier) @name
  value: [(arrow_function) (function_expression) (generator_function)]) @function
(variable_declarator name: (identifier) @name value: (class)) @class
(assignment_expression
  left: [(identifier) @name (member_expression property: (property_identifier) @name)]
  right: [(arrow_function) (function_expression)]) @function
(pair key: (property_identifier) @name
  value: [(arrow_function) (function_expression)]) @function
(program [
  (lexical_declaration (variable_declarator name: (identifier) @name) @variable)
  (variable_declaration (variable_declarator name: (identifier) @name) @variable)
  (export_statement declaration:
    (lexical_declaration (variable_declarator name: (identifier) @name) @variable))
])
; Either kind of declaration, as nothing else has declarators.
(program [
  (_ (variable_declarator name: [
    (object_pattern [
      (shorthand_property_identifier_pattern) @name @variable
      (object_assignment_pattern left: (shorthand_property_identifier_pattern) @name @variable)
      (pair_pattern value: [
        (identifier) @name @variable
        (assignment_pattern left: (identifier) @name @variable)])
      (rest_pattern (identifier) @name @variable)])
    (array_pattern [
      (identifier) @name @variable
      (assignment_pattern left: (identifier) @name @variable)
      (rest_pattern (identifier) @name @variable)])]))
  (export_statement declaration: (lexical_declaration (variable_declarator name: [
    (object_pattern [
      (shorthand_property_identifier_pattern) @name @variable
      (object_assignment_pattern left: (shorthand_property_identifier_pattern) @name @variable)
      (pair_pattern value: [
        (identifier) @name @variable
        (assignment_pattern left: (identifier) @name @variable)])
      (rest_pattern (identifier) @name @variable)])
    (array_pattern [
      (identifier) @name @variable
      (assignment_pattern left: (identifier) @name @variable)
      (rest_pattern (identifier) @name @variable)])])))
])

(call_expression function: [
  (identifier) @reference
  (member_expression property: [(property_identifier) (private_property_identifier)] @reference)])
(new_expression constructor: [
  (identifier) @reference
  (member_expression property: (property_identifier) @reference)])
(decorator [
  (identifier) @reference
  (call_expression function: (identifier) @reference)])
(import_specifier name: (identifier) @reference)
(import_clause (identifier) @reference)
(namespace_import (identifier) @reference)
(export_specifier name: (identifier) @reference)
