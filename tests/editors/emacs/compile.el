;;; compile.el --- Byte-compile the package; a warning is an error  -*- lexical-binding: t; -*-

;; emacs --batch -Q -l compile.el FOLDER-FOR-THE-RESULT

;;; Code:

(require 'package)
(dolist (folder '("/usr/share/emacs/site-lisp/elpa" "/usr/share/emacs/site-lisp/elpa-src"))
  (add-to-list 'package-directory-list folder))
(unless (locate-library "eglot") (package-initialize))
(require 'checkdoc)
(setq checkdoc-verb-check-experimental-flag nil) ; it takes the names of arguments for verbs
(let* ((source (expand-file-name "emacs" (getenv "TEST_CLIENTS")))
       (target (pop command-line-args-left))
       (byte-compile-error-on-warn t)
       (byte-compile-dest-file-function
        (lambda (file) (expand-file-name (concat (file-name-nondirectory file) "c") target))))
  (add-to-list 'load-path source)
  (dolist (name '("arriero-eglot.el" "arriero-review.el" "arriero.el"))
    (unless (byte-compile-file (expand-file-name name source)) (kill-emacs 1))
    (checkdoc-file (expand-file-name name source))))

;;; compile.el ends here
