(class name: [(constant) @name (scope_resolution name: (constant) @name)]) @class
(module name: [(constant) @name (scope_resolution name: (constant) @name)]) @module
(method name: (_) @name) @method
(singleton_method name: (_) @name) @method
(alias name: (identifier) @name) @method
(program (assignment left: (constant) @name) @constant)
(body_statement (assignment left: (constant) @name) @constant)

(call method: [(identifier) (constant)] @reference)
(call receiver: (constant) @reference)
(superclass [(constant) @reference (scope_resolution name: (constant) @reference)])
(scope_resolution name: (constant) @reference)
(argument_list (constant) @reference)
