(class_declaration "class" name: (type_identifier) @name) @class
(class_declaration "actor" name: (type_identifier) @name) @class
(class_declaration "struct" name: (type_identifier) @name) @struct
(class_declaration "enum" name: (type_identifier) @name) @enum
(class_declaration "extension"
  name: (user_type (type_identifier) @name . (type_arguments)? .)) @scope
(protocol_declaration name: (type_identifier) @name) @interface
(enum_entry name: (simple_identifier) @name) @constant
(function_declaration "func" . name: _ @name) @function
(protocol_function_declaration name: (simple_identifier) @name) @function
(init_declaration name: "init" @name) @constructor
(deinit_declaration "deinit" @name) @method
(subscript_declaration "subscript" @name) @method
(associatedtype_declaration name: (type_identifier) @name) @type
(typealias_declaration name: (type_identifier) @name) @type
(source_file (property_declaration name: (pattern (simple_identifier) @name)) @variable)
(class_body (property_declaration name: (pattern (simple_identifier) @name)) @field)
(enum_class_body (property_declaration name: (pattern (simple_identifier) @name)) @field)
(protocol_property_declaration name: (pattern (simple_identifier) @name)) @field

(call_expression . (simple_identifier) @reference)
(call_expression . (navigation_expression
  suffix: (navigation_suffix suffix: (simple_identifier) @reference)))
(user_type (type_identifier) @reference)
(import_declaration (identifier (simple_identifier) @reference))
