;;; main-job.el --- The main job in a real Emacs  -*- lexical-binding: t; -*-

;; emacs --batch -Q -l main-job.el -f ert-run-tests-batch-and-exit

;;; Code:

(require 'package)
(dolist (folder '("/usr/share/emacs/site-lisp/elpa" "/usr/share/emacs/site-lisp/elpa-src"))
  (add-to-list 'package-directory-list folder))
(unless (locate-library "eglot") (package-initialize)) ; built in from Emacs 29 on
(require 'ert)
(add-to-list 'load-path (expand-file-name "emacs" (getenv "TEST_CLIENTS")))
(require 'arriero)

(setq make-backup-files nil
      create-lockfiles nil
      eglot-sync-connect 60
      arriero-command (list (getenv "TEST_PYTHON") "-m" "arriero" "lsp"))

(defun main-job-wait (what true)
  "Wait until TRUE returns something; fail after a minute, saying WHAT."
  (let ((end (+ (float-time) 60)) found)
    (while (and (not (setq found (funcall true))) (< (float-time) end))
      (accept-process-output nil 0.05))
    (or found (ert-fail (list 'timeout what (buffer-string))))))

(defun main-job-line (number)
  "Return the line NUMBER of the buffer."
  (save-excursion
    (goto-char (point-min))
    (forward-line (1- number))
    (buffer-substring-no-properties (line-beginning-position) (line-end-position))))

(defun main-job-save (copy)
  "Save the buffer, and keep a COPY of the file."
  (save-buffer)
  (copy-file buffer-file-name (expand-file-name copy) t))

(ert-deftest main-job ()
  "Follow the comment, accept one hunk and then all, save, undo, save."
  (find-file "a.py")
  (let ((file (current-buffer)))
    (arriero)
    (main-job-wait "connection" (lambda () (and (eglot-current-server) eglot--managed-mode)))
    (goto-char (point-min))
    (arriero-follow-comment)
    (main-job-wait "review" (lambda () (get-buffer "*Arriero review*")))
    (with-current-buffer "*Arriero review*"
      (should (equal (main-job-line 3) "@@ -5,1 +5,1 @@"))
      (should (equal (main-job-line 4) "-3"))
      (should (equal (main-job-line 5) "+three"))
      (goto-char (point-min))
      (should-error (arriero-review-accept) :type 'user-error)
      (arriero-review-next)
      (arriero-review-accept))
    (with-current-buffer file
      (should (equal (main-job-line 5) "three"))
      (should (equal (main-job-line 17) "15")))
    (set-buffer file)
    (arriero-accept)
    (should (equal (main-job-line 17) "fifteen"))
    (main-job-save "accepted.py")
    (arriero-undo)
    (should (equal (main-job-line 5) "3"))
    (should (equal (main-job-line 17) "15"))
    (main-job-save "undone.py")
    (arriero-status)
    (main-job-wait                      ; until the index has what was saved just now
     "line in the search"
     (lambda ()
       (save-current-buffer
         (arriero-search "arriero numbers words")
         (with-current-buffer "*Arriero search*"
           (string-match-p "^a\\.py:1:" (buffer-string))))))
    (set-buffer file)
    (eglot-shutdown (eglot-current-server))))

;;; main-job.el ends here
