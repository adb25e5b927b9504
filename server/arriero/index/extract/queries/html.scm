((element (start_tag . (tag_name) @_tag)) @name @heading
  (#any-of? @_tag "h1" "h2" "h3" "h4" "h5" "h6"))
((attribute (attribute_name) @_key [
    (quoted_attribute_value (attribute_value) @name)
    (attribute_value) @name]) @id
  (#any-of? @_key "id" "ID" "Id"))
