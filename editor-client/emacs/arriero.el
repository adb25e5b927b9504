;;; arriero.el --- A coding agent run by your own models  -*- lexical-binding: t; -*-

;; Copyright (c) 2026 The Arriero authors
;; Author: The Arriero authors
;; Version: 0.1.0
;; Package-Requires: ((emacs "28.1") (eglot "1.9"))
;; Keywords: tools, convenience, languages
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Ask, edit, fix and review with a local model, through eglot.  Every change comes as a proposal
;; and is yours to accept; `arriero-undo' takes a run back.
;;
;;     (require 'arriero)
;;     M-x arriero            in a file: start the server for its project
;;     C-c a                  (say) bound to `arriero-map': the commands
;;
;; eglot has one server for a buffer: see README.md for what that means beside another one.

;;; Code:

(require 'arriero-eglot)
(require 'arriero-review)
(require 'compile)
(require 'flymake)

(defvar arriero--last-run nil "The id of the last run of this Emacs.")

;;;###autoload
(defun arriero ()
  "Start Arriero for the buffer's project."
  (interactive)
  (unless buffer-file-name (user-error "Open a file first"))
  (unless (executable-find (car arriero-command))
    (user-error "`%s' was not found: pip install arriero, or set `arriero-command'"
                (car arriero-command)))
  (let ((eglot-server-programs
         (list (cons major-mode (cons 'arriero-server arriero-command)))))
    (call-interactively #'eglot))
  (add-to-list 'mode-line-misc-info '(t arriero--status)))

(defun arriero--server ()
  "Return the server of the buffer, else the newest one where no file is shown."
  (let ((server (if buffer-file-name
                    (eglot-current-server)
                  (cl-find-if #'jsonrpc-running-p arriero--servers))))
    (cond ((and server (cl-typep server 'arriero-server)) server)
          (server (user-error "Another server is here: M-x eglot-shutdown, then M-x arriero"))
          (t (user-error "Arriero is not started here: M-x arriero")))))

;;;; Runs

(defun arriero--place (whole)
  "Return the argument for point; with WHOLE, no range without a region."
  (let ((first (if (use-region-p) (region-beginning) (point)))
        (last (if (use-region-p) (region-end) (point))))
    (append
     (list :textDocument (list :uri (arriero--uri)))
     (unless (and whole (not (use-region-p)))
       (list :range (list :start (funcall 'eglot--pos-to-lsp-position first)
                          :end (funcall 'eglot--pos-to-lsp-position last)))))))

(defun arriero--run (command argument show)
  "Start COMMAND with ARGUMENT and call SHOW with its result when it has ended."
  (let ((server (arriero--server)))
    (arriero--sync)
    (setq arriero--status " Arriero[…]")
    (message "Arriero: working; M-x arriero-cancel stops it")
    (jsonrpc-async-request
     server :workspace/executeCommand
     (list :command command
           :arguments (vector argument)
           :workDoneToken (format "arriero-emacs-%s" (random)))
     :timeout nil
     :success-fn (lambda (result) (arriero--ended server result show))
     :error-fn (lambda (problem)
                 (setq arriero--status "")
                 (message "Arriero: %s" (plist-get problem :message))))))

(defun arriero--ended (server result show)
  "Show the RESULT of a run of SERVER with SHOW, and review what it proposes."
  (setq arriero--status ""
        arriero--last-run (plist-get result :runId))
  (let ((words (or (plist-get result :message) "")))
    (pcase (plist-get result :stopReason)
      ("cancelled" (message "Arriero: cancelled"))
      ((or "error" "interrupted") (message "Arriero: %s" words))
      (_ (funcall show words)
         (when (and (plist-get result :edit) (not (eq (plist-get result :applied) t)))
           (arriero-review-open server arriero--last-run))))))

(defun arriero--show (words)
  "Show WORDS, Markdown, in a buffer."
  (with-current-buffer (get-buffer-create "*Arriero*")
    (let ((inhibit-read-only t))
      (erase-buffer)
      (insert words)
      (goto-char (point-min)))
    (if (fboundp 'gfm-view-mode) (funcall 'gfm-view-mode) (special-mode))
    (setq-local truncate-lines nil)
    (display-buffer (current-buffer))))

(defun arriero--say (words)
  "Show the first line of WORDS in the echo area."
  (message "Arriero: %s" (car (split-string (string-trim words) "\n"))))

(defmacro arriero--define (name command doc show &optional prompt whole)
  "Define the command NAME, documented by DOC.
It starts COMMAND and shows its result with SHOW.
PROMPT asks for words; with WHOLE it is about the file where there is no region."
  `(defun ,name (&optional words)
     ,doc
     (interactive ,(if prompt `(list (read-string ,prompt)) '(list nil)))
     (arriero--run ,command
                   (append (arriero--place ,whole)
                           (and words (not (string-empty-p words)) (list :prompt words))
                           ,@(and (eq name 'arriero-fix) '((arriero--problems))))
                   ,show)))

(arriero--define arriero-ask "arriero.ask" "Ask WORDS about the region, or the file."
                 #'arriero--show "Ask: " t)
(arriero--define arriero-edit "arriero.edit" "Change the region, or the file, as WORDS say."
                 #'arriero--say "Edit: " t)
(arriero--define arriero-agent "arriero.agent" "Work on the task WORDS until it is done."
                 #'arriero--say "Task: " t)
(arriero--define arriero-fix "arriero.fix" "Mend the problems at point; WORDS may add something."
                 #'arriero--say)
(arriero--define arriero-explain "arriero.explain" "Explain the region, or what is at point."
                 #'arriero--show)
(arriero--define arriero-document "arriero.document" "Add documentation at point."
                 #'arriero--say)
(arriero--define arriero-test "arriero.test" "Write tests for what is at point."
                 #'arriero--say)
(arriero--define arriero-review-file "arriero.review" "Review the region, or the file."
                 #'arriero--show nil t)
(arriero--define arriero-follow-comment "arriero.followComment"
                 "Do what a comment `arriero: …' at point asks." #'arriero--say)

(defun arriero--problems ()
  "Return the diagnostics of the region, or of the line at point."
  (let* ((first (if (use-region-p) (region-beginning) (line-beginning-position)))
         (last (if (use-region-p) (region-end) (line-end-position)))
         (found (flymake-diagnostics first last)))
    (when found
      (list :diagnostics
            (vconcat
             (mapcar (lambda (problem)
                       (list :range
                             (list :start (funcall 'eglot--pos-to-lsp-position
                                                   (flymake-diagnostic-beg problem))
                                   :end (funcall 'eglot--pos-to-lsp-position
                                                 (flymake-diagnostic-end problem)))
                             :message (flymake-diagnostic-text problem)))
                     found))))))

(defun arriero-commit-message ()
  "Write a commit message.
It goes into this buffer where it is one for that, else into one of its own."
  (interactive)
  (let ((target (and (derived-mode-p 'log-edit-mode 'git-commit-mode 'vc-git-log-edit-mode)
                     (current-buffer))))
    (arriero--run "arriero.commitMessage" arriero--nothing
                  (lambda (words)
                    (if (buffer-live-p target)
                        (with-current-buffer target
                          (save-excursion (goto-char (point-min)) (insert words "\n")))
                      (kill-new words)
                      (arriero--show words))))))

;;;; Proposals and runs

(defun arriero--command (command &optional argument)
  "Return the result of COMMAND with ARGUMENT, which starts no run."
  (arriero--sync)
  (jsonrpc-request (arriero--server) :workspace/executeCommand
                   (list :command command :arguments (vector (or argument arriero--nothing)))
                   :timeout 60))

(defun arriero--runs (state)
  "Return the runs in STATE, as (LABEL . ID)."
  (let ((status (jsonrpc-request (arriero--server) :arriero/status arriero--nothing)))
    (cl-loop for run across (plist-get status :runs)
             when (equal (plist-get run :state) state)
             collect (cons (format "%s (%s)" (plist-get run :label) (plist-get run :runId))
                           (plist-get run :runId)))))

(defun arriero--pick (runs what)
  "Return the id of one of RUNS, asked for if there are several.
WHAT they are is a word."
  (cond ((null runs) (user-error "There is no %s" what))
        ((null (cdr runs)) (cdar runs))
        (t (cdr (assoc (completing-read (format "Which %s? " what) runs nil t) runs)))))

(defun arriero-proposal ()
  "Review a proposal that waits, by hunk."
  (interactive)
  (arriero-review-open (arriero--server) (arriero--pick (arriero--runs "review") "proposal")))

(defun arriero-accept ()
  "Accept everything of a proposal that waits."
  (interactive)
  (let ((run (arriero--pick (arriero--runs "review") "proposal")))
    (setq arriero--last-run run)
    (arriero--tell (arriero--command "arriero.accept" (list :runId run)) "accepted")))

(defun arriero-reject ()
  "Reject everything of a proposal that waits."
  (interactive)
  (let ((run (arriero--pick (arriero--runs "review") "proposal")))
    (arriero--tell (arriero--command "arriero.reject" (list :runId run)) "rejected")))

(defun arriero-undo (&optional run)
  "Take back what RUN changed, else the last; with a prefix, choose one."
  (interactive (list (and current-prefix-arg (arriero--pick (arriero--all-runs) "run"))))
  (let ((chosen (or run arriero--last-run (arriero--pick (arriero--all-runs) "run"))))
    (arriero--tell (arriero--command "arriero.undo" (list :runId chosen)) "taken back")))

(defun arriero-redo (&optional run)
  "Do again what was taken back of RUN, else what was taken back last."
  (interactive)
  (arriero--tell (arriero--command "arriero.redo" (if run (list :runId run) arriero--nothing))
                 "done again"))

(defun arriero--all-runs ()
  "Return the runs of all sessions, newest first, as (LABEL . ID)."
  (let ((answer (jsonrpc-request (arriero--server) :arriero/sessions arriero--nothing)))
    (cl-loop for session across (plist-get answer :sessions)
             append (cl-loop for run across (reverse (plist-get session :runs))
                             collect (cons (format "%s (%s)" (plist-get run :label)
                                                   (plist-get run :runId))
                                           (plist-get run :runId))))))

(defun arriero--tell (result done)
  "Say what RESULT says, or else DONE."
  (let ((words (plist-get result :message)))
    (message "Arriero: %s" (if (and (stringp words) (not (string-empty-p words))) words done))))

(defun arriero-cancel ()
  "Stop the runs that go on in this workspace."
  (interactive)
  (dolist (run (or (arriero--runs "running") (user-error "No run goes on")))
    (arriero--command "arriero.cancel" (list :runId (cdr run)))))

;;;; The rest

(defun arriero-status ()
  "Show the model, the provider, the window and the runs."
  (interactive)
  (let* ((status (jsonrpc-request (arriero--server) :arriero/status arriero--nothing))
         (context (plist-get status :context)))
    (message "Arriero %s: %s from %s (%s)%s%s"
             (plist-get status :version) (or (plist-get status :model) "auto")
             (plist-get status :provider) (plist-get status :providerState)
             (if context (concat "\n" (plist-get context :line)) "")
             (if (string-empty-p (or (plist-get status :message) ""))
                 ""
               (concat "\n" (plist-get status :message))))))

(defun arriero-select-model ()
  "Choose the model."
  (interactive)
  (let* ((answer (jsonrpc-request (arriero--server) :arriero/models arriero--nothing :timeout 30))
         (names (mapcar (lambda (model) (plist-get model :name)) (plist-get answer :models))))
    (arriero--command "arriero.selectModel"
                      (list :model (completing-read "Model: " names nil t)))))

(defun arriero-search (query)
  "Search the workspace for QUERY and list the places, the best first."
  (interactive (list (read-string "Search: " (thing-at-point 'symbol t))))
  (let ((answer (jsonrpc-request (arriero--server) :arriero/search
                                 (list :query query :limit 50 :wait 2) :timeout 30))
        (root default-directory))
    (with-current-buffer (get-buffer-create "*Arriero search*")
      (let ((inhibit-read-only t))
        (erase-buffer)
        (setq default-directory root)
        (insert (format "%s  %s\n\n" query (or (plist-get answer :note) "")))
        (cl-loop for hit across (plist-get answer :hits)
                 do (insert (arriero--hit-line hit) "\n"))
        (goto-char (point-min)))
      (grep-mode)
      (pop-to-buffer (current-buffer)))))

(defun arriero--hit-line (hit)
  "Return HIT as grep prints one, with the first line that says something."
  (format "%s:%d:%s"
          (file-relative-name (arriero--path (plist-get hit :uri)))
          (1+ (plist-get (plist-get (plist-get hit :range) :start) :line))
          (string-trim (or (cl-find-if-not #'string-blank-p
                                           (split-string (plist-get hit :text) "\n"))
                           ""))))

(defvar arriero-map
  (let ((map (make-sparse-keymap)))
    (pcase-dolist (`(,key . ,command)
                   '(("a" . arriero-ask) ("e" . arriero-edit) ("g" . arriero-agent)
                     ("f" . arriero-fix) ("x" . arriero-explain) ("d" . arriero-document)
                     ("t" . arriero-test) ("v" . arriero-review-file) ("c" . arriero-follow-comment)
                     ("m" . arriero-commit-message) ("p" . arriero-proposal) ("y" . arriero-accept)
                     ("n" . arriero-reject) ("u" . arriero-undo) ("r" . arriero-redo)
                     ("k" . arriero-cancel)
                     ("s" . arriero-search) ("i" . arriero-status) ("o" . arriero-select-model)))
      (define-key map key command))
    map)
  "The commands, to be bound to a key.")

(provide 'arriero)
;;; arriero.el ends here
