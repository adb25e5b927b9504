(class_specifier name: [
  (type_identifier) @name
  (template_type name: (type_identifier) @name)
  (qualified_identifier name: (type_identifier) @name)] body: (_)) @class
(struct_specifier name: (template_type name: (type_identifier) @name) body: (_)) @struct
(namespace_definition name: [(namespace_identifier) (nested_namespace_specifier)] @name) @module
(concept_definition name: (identifier) @name) @type
(alias_declaration name: (type_identifier) @name) @type
(function_definition declarator: [
  (function_declarator declarator: [
    (qualified_identifier
      scope: [
        (namespace_identifier) @container
        (template_type name: (type_identifier) @container)]
      name: [(identifier) (destructor_name) (operator_name) (operator_cast)] @name)
    (qualified_identifier name: (qualified_identifier
      scope: [
        (namespace_identifier) @container
        (template_type name: (type_identifier) @container)]
      name: [(identifier) (destructor_name) (operator_name)] @name))
    [(field_identifier) (destructor_name) (operator_name)] @name])
  (pointer_declarator declarator: (function_declarator declarator: [
    (qualified_identifier
      scope: [
        (namespace_identifier) @container
        (template_type name: (type_identifier) @container)]
      name: [(identifier) (destructor_name) (operator_name) (operator_cast)] @name)
    (qualified_identifier name: (qualified_identifier
      scope: [
        (namespace_identifier) @container
        (template_type name: (type_identifier) @container)]
      name: [(identifier) (destructor_name) (operator_name)] @name))
    (field_identifier) @name]))
  (reference_declarator (function_declarator declarator: [
    (qualified_identifier
      scope: [
        (namespace_identifier) @container
        (template_type name: (type_identifier) @container)]
      name: [(identifier) (destructor_name) (operator_name) (operator_cast)] @name)
    (qualified_identifier name: (qualified_identifier
      scope: [
        (namespace_identifier) @container
        (template_type name: (type_identifier) @container)]
      name: [(identifier) (destructor_name) (operator_name)] @name))]))
]) @method
(function_definition declarator: (reference_declarator (function_declarator declarator:
  [(identifier) (field_identifier) (operator_name)] @name))) @function
(field_declaration_list [
  (field_declaration declarator: [
    (function_declarator declarator: (field_identifier) @name)
    (pointer_declarator declarator: (function_declarator declarator: (field_identifier) @name))
    (reference_declarator (function_declarator declarator: (field_identifier) @name))])
  (declaration declarator: (function_declarator declarator: (identifier) @name))
] @prototype)
(declaration_list (declaration declarator: [
  (function_declarator declarator: (identifier) @name)
  (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
  (reference_declarator (function_declarator declarator: (identifier) @name))
]) @prototype)
(declaration_list (declaration declarator:
  (init_declarator declarator: [
    (identifier) @name
    (pointer_declarator declarator: (identifier) @name)
    (array_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (array_declarator declarator: (identifier) @name))
  ])) @variable)
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
