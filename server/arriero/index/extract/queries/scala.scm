(class_definition name: (identifier) @name) @class
(class_definition "case" name: (identifier) . type_parameters: (_)? . class_parameters:
  (class_parameters (class_parameter name: (identifier) @name) @field))
(class_parameter ["val" "var"] name: (identifier) @name) @field
(object_definition name: (identifier) @name) @class
(trait_definition name: (identifier) @name) @interface
(enum_definition name: (identifier) @name) @enum
(simple_enum_case name: (identifier) @name) @constant
(full_enum_case name: (identifier) @name) @constant
(function_definition name: (_) @name) @function
(function_declaration name: (_) @name) @function
(type_definition name: (type_identifier) @name) @type
(package_object name: (identifier) @name) @module
(given_definition name: (identifier) @name) @variable
(given_definition !name return_type: [
  (type_identifier) @name
  (generic_type type: (type_identifier) @name)]) @scope
(compilation_unit (val_definition pattern: [
  (identifier) @name (identifiers (identifier) @name)]) @variable)
(compilation_unit (var_definition pattern: [
  (identifier) @name (identifiers (identifier) @name)]) @variable)
(template_body (val_definition pattern: [
  (identifier) @name (identifiers (identifier) @name)]) @field)
(template_body (var_definition pattern: [
  (identifier) @name (identifiers (identifier) @name)]) @field)
(template_body (val_declaration name: (identifier) @name) @field)
(template_body (var_declaration name: (identifier) @name) @field)

(call_expression function: [
  (identifier) @reference
  (field_expression field: (identifier) @reference)
  (generic_function function: (identifier) @reference)])
(type_identifier) @reference
(import_declaration path: (identifier) @reference .)
(namespace_selectors (identifier) @reference)
