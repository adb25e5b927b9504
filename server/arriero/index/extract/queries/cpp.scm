(class_specifier name: [
  (type_identifier) @name
  (template_type name: (type_identifier) @name)
  (qualified_identifier name: (type_identifier) @name)] body: (_)) @class
(struct_specifier name: (template_type name: (type_identifier) @name) body: (_)) @struct
(namespace_definition name: [(namespace_identifier) (nested_namespace_specifier)] @name) @module
(concept_definition name: (identifier) @name) @type
(alias_declaration name: (type_identifier) @name) @type
(function_definition declarator: [
  (function_declarator declarator: (qualified_identifier) @path)
  (pointer_declarator declarator: [
    (function_declarator declarator: (qualified_identifier) @path)
    (pointer_declarator declarator: (function_declarator
      declarator: (qualified_identifier) @path))])
  (reference_declarator (function_declarator declarator: (qualified_identifier) @path))
  (qualified_identifier name: [(operator_cast) (qualified_identifier)]) @path
  (operator_cast) @name
  (function_declarator declarator: [(field_identifier) (destructor_name)] @name)
  (pointer_declarator declarator: (function_declarator declarator: (field_identifier) @name))
]) @method
(function_definition declarator: [
  (function_declarator declarator: (operator_name) @name)
  (pointer_declarator declarator: (function_declarator declarator: (operator_name) @name))
  (reference_declarator (function_declarator
    declarator: [(identifier) (field_identifier) (operator_name)] @name))
]) @function
(declaration declarator: [
  (qualified_identifier) @path
  (pointer_declarator declarator: (qualified_identifier) @path)
  (array_declarator declarator: (qualified_identifier) @path)
  (init_declarator declarator: [
    (qualified_identifier) @path
    (pointer_declarator declarator: (qualified_identifier) @path)
    (array_declarator declarator: (qualified_identifier) @path)])
]) @variable
(field_declaration_list [
  (field_declaration declarator: [
    (function_declarator declarator: [(field_identifier) (operator_name)] @name)
    (pointer_declarator declarator: (function_declarator
      declarator: [(field_identifier) (operator_name)] @name))
    (reference_declarator (function_declarator
      declarator: [(field_identifier) (operator_name)] @name))])
  (declaration declarator: [
    (function_declarator declarator: [(identifier) (destructor_name)] @name)
    (operator_cast) @name])
] @prototype)
(field_declaration_list (field_declaration (bitfield_clause
  (call_expression function: (identifier) @name) @prototype)))
(field_declaration_list (template_declaration (declaration declarator: [
  (function_declarator declarator: [(identifier) (operator_name)] @name)
  (pointer_declarator declarator: (function_declarator
    declarator: [(identifier) (operator_name)] @name))
  (reference_declarator (function_declarator
    declarator: [(identifier) (operator_name)] @name))
  (operator_cast) @name
]) @prototype))
(declaration_list (declaration declarator: [
  (function_declarator declarator: (identifier) @name)
  (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
  (reference_declarator (function_declarator declarator: (identifier) @name))
]) @prototype)
(declaration_list (declaration declarator: [
  (identifier) @name
  (pointer_declarator declarator: (identifier) @name)
  (array_declarator declarator: (identifier) @name)
  (pointer_declarator declarator: (array_declarator declarator: (identifier) @name))
  (init_declarator declarator: [
    (identifier) @name
    (pointer_declarator declarator: (identifier) @name)
    (array_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (array_declarator declarator: (identifier) @name))])
]) @variable)
(translation_unit (declaration
  type: [(qualified_identifier) (template_type) (class_specifier) (placeholder_type_specifier)]
  declarator: [
    (identifier) @name
    (pointer_declarator declarator: (identifier) @name)
    (array_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (array_declarator declarator: (identifier) @name))
  ]) @variable)
(linkage_specification body: (declaration declarator: [
  (function_declarator declarator: (identifier) @name)
  (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
]) @prototype)

(call_expression function: [
  (qualified_identifier name: (identifier) @reference)
  (template_function name: (identifier) @reference)
  (qualified_identifier name: (template_function name: (identifier) @reference))
  (field_expression field: (template_method name: (field_identifier) @reference))])
(using_declaration (qualified_identifier name: (identifier) @reference))
