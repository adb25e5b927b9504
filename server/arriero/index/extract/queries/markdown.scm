(atx_heading) @heading
(setext_heading) @heading

(link_reference_definition (link_label) @reference)
