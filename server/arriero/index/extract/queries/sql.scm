(create_table (object_reference name: (identifier) @name)) @table
(create_sequence (object_reference name: (identifier) @name)) @table
(create_view (object_reference name: (identifier) @name)) @view
(create_materialized_view (object_reference name: (identifier) @name)) @view
(create_function (object_reference name: (identifier) @name)) @function
(create_procedure (object_reference name: (identifier) @name)) @function
(create_trigger (object_reference name: (identifier) @name)) @trigger
(create_type (object_reference name: (identifier) @name)) @type
(create_index column: (identifier) @name) @index
(create_schema (identifier) @name) @module

(relation (object_reference name: (identifier) @reference))
(invocation (object_reference name: (identifier) @reference))
(insert (object_reference name: (identifier) @reference))
(alter_table (object_reference name: (identifier) @reference))
(column_definition (object_reference name: (identifier) @reference))
(constraint (object_reference name: (identifier) @reference))
