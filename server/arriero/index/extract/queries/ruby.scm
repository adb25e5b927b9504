(class name: [(constant) @name (scope_resolution name: (constant) @name)]) @class
(module name: [(constant) @name (scope_resolution name: (constant) @name)]) @module
(method name: (_) @name) @method
(singleton_method name: (_) @name) @method
(alias name: (identifier) @name) @method
((body_statement [
  (call !receiver method: (identifier) @_makes
    arguments: (argument_list (simple_symbol) @name @method))
  (call !receiver arguments: (argument_list . (call method: (identifier) @_makes
    arguments: (argument_list (simple_symbol) @name @method)) .))])
  (#any-of? @_makes "attr_accessor" "attr_reader" "attr_writer"))
(program (assignment left: (constant) @name) @constant)
(body_statement (assignment left: (constant) @name) @constant)

(call method: [(identifier) (constant)] @reference)
(call receiver: (constant) @reference)
(superclass [(constant) @reference (scope_resolution name: (constant) @reference)])
(scope_resolution name: (constant) @reference)
(argument_list (constant) @reference)
