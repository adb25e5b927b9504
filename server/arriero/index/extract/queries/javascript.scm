(class_declaration name: (identifier) @name) @class
(class name: (identifier) @name) @class
(class_heritage (identifier) @reference)
(class_heritage (member_expression property: (property_identifier) @reference))
(field_definition
  property: [(property_identifier) (private_property_identifier)] @name) @field
(field_definition property: [(property_identifier) (private_property_identifier)] @name
  value: [(arrow_function) (function_expression)]) @method
