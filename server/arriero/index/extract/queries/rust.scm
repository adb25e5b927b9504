(function_item name: (identifier) @name) @function
(function_signature_item name: (identifier) @name) @function
(struct_item name: (type_identifier) @name) @struct
(enum_item name: (type_identifier) @name) @enum
(enum_variant name: (identifier) @name) @constant
(union_item name: (type_identifier) @name) @struct
(trait_item name: (type_identifier) @name) @interface
(type_item name: (type_identifier) @name) @type
(associated_type name: (type_identifier) @name) @type
(const_item name: (identifier) @name) @constant
(static_item name: (identifier) @name) @constant
(mod_item name: (identifier) @name) @module
(macro_definition name: (identifier) @name) @macro
(impl_item type: [
  (type_identifier) @name
  (primitive_type) @name
  (generic_type type: [
    (type_identifier) @name
    (scoped_type_identifier name: (type_identifier) @name)])
  (scoped_type_identifier name: (type_identifier) @name)
  (array_type element: [(type_identifier) (primitive_type)] @name)
  (dynamic_type trait: [
    (type_identifier) @name
    (generic_type type: (type_identifier) @name)
    (scoped_type_identifier name: (type_identifier) @name)])
  (bounded_type (dynamic_type trait: [
    (type_identifier) @name
    (generic_type type: (type_identifier) @name)
    (scoped_type_identifier name: (type_identifier) @name)]))
  (pointer_type type: (type_identifier) @name)
  (reference_type type: [
    (type_identifier) @name
    (primitive_type) @name
    (generic_type type: (type_identifier) @name)
    (scoped_type_identifier name: (type_identifier) @name)
    (array_type element: [(type_identifier) (primitive_type)] @name)
    (dynamic_type trait: [
      (type_identifier) @name
      (generic_type type: (type_identifier) @name)
      (scoped_type_identifier name: (type_identifier) @name)])])]) @scope

(call_expression function: [
  (identifier) @reference
  (field_expression field: (field_identifier) @reference)
  (scoped_identifier name: (identifier) @reference)
  (generic_function function: (identifier) @reference)
  (generic_function function: (scoped_identifier name: (identifier) @reference))
  (generic_function function: (field_expression field: (field_identifier) @reference))])
(macro_invocation macro: [
  (identifier) @reference
  (scoped_identifier name: (identifier) @reference)])
(type_identifier) @reference
(use_declaration argument: [
  (identifier) @reference
  (scoped_identifier name: (identifier) @reference)])
(use_list [
  (identifier) @reference
  (scoped_identifier name: (identifier) @reference)])
(use_as_clause path: [
  (identifier) @reference
  (scoped_identifier name: (identifier) @reference)])
