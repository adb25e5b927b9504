(function_definition name: (identifier) @name) @function
(class_definition name: (identifier) @name) @class
(module (expression_statement (assignment left: (identifier) @name) @variable))
(module (expression_statement (assignment left: (pattern_list (identifier) @name)) @variable))
(module (expression_statement (assignment
  left: (identifier) right: (assignment left: (identifier) @name)) @variable))
(class_definition
  body: (block (expression_statement (assignment left: (identifier) @name) @field)))
(type_alias_statement left: (type [(identifier) @name (generic_type . (identifier) @name)])) @type

(call function: [(identifier) @reference (attribute attribute: (identifier) @reference)])
(decorator [(identifier) @reference (attribute attribute: (identifier) @reference)])
(class_definition superclasses: (argument_list [
  (identifier) @reference
  (attribute attribute: (identifier) @reference)
  (subscript value: (identifier) @reference)
  (keyword_argument value: (identifier) @reference)]))
(type [(identifier) @reference (attribute attribute: (identifier) @reference)])
(type (generic_type (identifier) @reference))
(type (binary_operator (identifier) @reference))
(import_statement name: (dotted_name (identifier) @reference))
(import_from_statement name: (dotted_name (identifier) @reference))
(import_from_statement module_name: (dotted_name (identifier) @reference))
(aliased_import name: (dotted_name (identifier) @reference))
