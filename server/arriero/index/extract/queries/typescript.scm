(class_declaration name: (type_identifier) @name) @class
(abstract_class_declaration name: (type_identifier) @name) @class
(class name: (type_identifier) @name) @class
(interface_declaration name: (type_identifier) @name) @interface
(type_alias_declaration name: (type_identifier) @name) @type
(enum_declaration name: (identifier) @name) @enum
(enum_body [
  (property_identifier) @name @constant
  (string) @name @constant
  (enum_assignment name: [(property_identifier) (string)] @name) @constant])
(function_signature name: (identifier) @name) @function
(method_signature name: [(property_identifier) (string)] @name) @method
(method_definition name: (string) @name) @method
(pair key: (string) @name value: [(arrow_function) (function_expression)]) @function
(abstract_method_signature name: [(property_identifier) (string)] @name) @method
(public_field_definition
  name: [(property_identifier) (private_property_identifier) (string)] @name) @field
(public_field_definition
  name: [(property_identifier) (private_property_identifier) (string)] @name
  value: [(arrow_function) (function_expression)]) @method
(interface_body (property_signature
  name: [(property_identifier) (string)] @name) @field)
(type_alias_declaration value: [
  (object_type (property_signature name: [(property_identifier) (string)] @name) @field)
  (intersection_type (object_type (property_signature
    name: [(property_identifier) (string)] @name) @field))])
(required_parameter [(accessibility_modifier) (override_modifier) "readonly"]
  pattern: (identifier) @name) @field
(optional_parameter [(accessibility_modifier) (override_modifier) "readonly"]
  pattern: (identifier) @name) @field
(module name: [(identifier) (string (string_fragment) @name) (nested_identifier)] @name) @module
(internal_module name: [(identifier) (nested_identifier)] @name) @module
(ambient_declaration [
  (lexical_declaration (variable_declarator name: (identifier) @name) @variable)
  (variable_declaration (variable_declarator name: (identifier) @name) @variable)
  (statement_block [
    (lexical_declaration (variable_declarator name: (identifier) @name) @variable)
    (variable_declaration (variable_declarator name: (identifier) @name) @variable)])
])
(internal_module body: (statement_block [
  (lexical_declaration (variable_declarator name: (identifier) @name) @variable)
  (variable_declaration (variable_declarator name: (identifier) @name) @variable)
  (export_statement declaration: [
    (lexical_declaration (variable_declarator name: (identifier) @name) @variable)
    (variable_declaration (variable_declarator name: (identifier) @name) @variable)])]))
(module body: (statement_block [
  (lexical_declaration (variable_declarator name: (identifier) @name) @variable)
  (variable_declaration (variable_declarator name: (identifier) @name) @variable)
  (export_statement declaration: [
    (lexical_declaration (variable_declarator name: (identifier) @name) @variable)
    (variable_declaration (variable_declarator name: (identifier) @name) @variable)])]))

(type_identifier) @reference
(extends_clause value: [
  (identifier) @reference
  (member_expression property: (property_identifier) @reference)])
