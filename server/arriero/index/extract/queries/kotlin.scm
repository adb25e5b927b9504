(class_declaration "interface" name: (identifier) @name) @interface
(class_declaration (modifiers (class_modifier "enum")) name: (identifier) @name) @enum
(class_declaration name: (identifier) @name) @class
(object_declaration name: (identifier) @name) @class
(class_parameter ["val" "var"] . (identifier) @name) @field
(companion_object name: (identifier) @name) @class
(enum_entry (identifier) @name) @constant
(function_declaration name: (identifier) @name) @function
(type_alias type: (identifier) @name) @type
(source_file (property_declaration (variable_declaration (identifier) @name)) @variable)
(class_body (property_declaration (variable_declaration (identifier) @name)) @field)

(call_expression . (identifier) @reference)
(call_expression . (navigation_expression (identifier) @reference .))
(user_type (identifier) @reference)
(import (qualified_identifier (identifier) @reference .))
