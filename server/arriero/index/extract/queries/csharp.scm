(class_declaration name: (identifier) @name) @class
(struct_declaration name: (identifier) @name) @struct
(record_declaration name: (identifier) @name) @class
(record_declaration (parameter_list (parameter name: (identifier) @name) @field))
(interface_declaration name: (identifier) @name) @interface
(enum_declaration name: (identifier) @name) @enum
(enum_member_declaration name: (identifier) @name) @constant
(delegate_declaration name: (identifier) @name) @type
(namespace_declaration name: (_) @name) @module
(file_scoped_namespace_declaration name: (_) @name) @module
(method_declaration name: (identifier) @name) @method
(local_function_statement name: (identifier) @name) @function
(constructor_declaration name: (identifier) @name) @constructor
(property_declaration name: (identifier) @name) @property
(operator_declaration operator: _ @name) @method
(indexer_declaration "this" @name) @property
(destructor_declaration "~" @name) @method
(event_declaration name: (identifier) @name) @field
(event_field_declaration
  (variable_declaration (variable_declarator name: (identifier) @name))) @field
(field_declaration
  (variable_declaration (variable_declarator name: (identifier) @name))) @field

(invocation_expression function: [
  (identifier) @reference
  (generic_name (identifier) @reference)
  (member_access_expression name: [
    (identifier) @reference
    (generic_name (identifier) @reference)])
  (conditional_access_expression (member_binding_expression name: (identifier) @reference))])
(object_creation_expression type: [
  (identifier) @reference
  (generic_name (identifier) @reference)
  (qualified_name name: (identifier) @reference)])
(base_list [
  (identifier) @reference
  (generic_name (identifier) @reference)
  (qualified_name name: (identifier) @reference)])
(parameter type: [(identifier) @reference (generic_name (identifier) @reference)])
(variable_declaration type: [(identifier) @reference (generic_name (identifier) @reference)])
(method_declaration returns: [(identifier) @reference (generic_name (identifier) @reference)])
(property_declaration type: [(identifier) @reference (generic_name (identifier) @reference)])
(type_argument_list (identifier) @reference)
(attribute name: (identifier) @reference)
(using_directive [
  (identifier) @reference
  (qualified_name name: (identifier) @reference)])
