;;; arriero-eglot.el --- Arriero's server as eglot sees it  -*- lexical-binding: t; -*-

;; Copyright (c) 2026 The Arriero authors
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; A class of server for eglot, from 1.9 on: what it is told at the start, how its edits are
;; applied, and what it tells on its own.  Part of the package `arriero'.

;;; Code:

(require 'cl-lib)
(require 'eglot)
(require 'subr-x)

(defgroup arriero nil
  "A coding agent run by your own models."
  :group 'tools)

(defcustom arriero-command '("arriero" "lsp")
  "The server's command line."
  :type '(repeat string))

(defcustom arriero-settings nil
  "Settings of the server as a property list, such as (:model \"qwen3:8b\").
They outrank the server's own configuration file."
  :type 'plist)

(defcustom arriero-trusted nil
  "Whether the workspaces' own settings (.arriero/config.yaml) are used."
  :type 'boolean)

(defclass arriero-server (eglot-lsp-server) ()
  :documentation "A connection to Arriero.")

(defvar arriero-proposal-changed-functions nil
  "Functions called with a server and a run whose proposal has changed.")

(defvar arriero--servers nil
  "The servers that were started, the newest first.")

(defvar arriero--status ""
  "What Arriero is doing, for the mode line.")
(put 'arriero--status 'risky-local-variable t)

(defconst arriero--nothing (make-hash-table :size 1)
  "An object without fields, for JSON.")

;;;; What eglot calls by other names in other versions

(defun arriero--eglot (public private &rest arguments)
  "Call eglot's function PUBLIC, or its older name PRIVATE, with ARGUMENTS."
  (apply (if (fboundp public) public private) arguments))

(defun arriero--path (uri)
  "Return the file of a URI."
  (arriero--eglot 'eglot-uri-to-path 'eglot--uri-to-path uri))

(defun arriero--uri ()
  "Return the URI of the buffer's file."
  (arriero--eglot 'eglot-path-to-uri 'eglot--path-to-uri buffer-file-name))

(defun arriero--sync ()
  "Tell the servers what was typed in all buffers."
  (dolist (buffer (buffer-list))
    (with-current-buffer buffer
      (when (bound-and-true-p eglot--managed-mode)
        (funcall 'eglot--signal-textDocument/didChange)))))

;;;; The start

(cl-defmethod eglot-initialization-options ((server arriero-server))
  "Say to SERVER that reviews and answers are shown by this package."
  (push server arriero--servers)
  (list :review "client"
        :answers "client"
        :trusted (if arriero-trusted t :json-false)
        :settings (or arriero-settings arriero--nothing)))

(cl-defmethod eglot-client-capabilities ((_server arriero-server))
  "Say that files are created and deleted too, and that progress is shown."
  (let* ((told (copy-tree (cl-call-next-method)))
         (workspace (plist-get told :workspace))
         (edit (plist-get workspace :workspaceEdit))
         (window (plist-get told :window)))
    (setq edit (plist-put edit :resourceOperations ["create" "rename" "delete"])
          workspace (plist-put workspace :workspaceEdit edit)
          window (plist-put (and (listp window) window) :workDoneProgress t)
          told (plist-put told :workspace workspace))
    (plist-put told :window window)))

;;;; Edits

(cl-defmethod eglot-handle-request
  ((_server arriero-server) (_method (eql 'workspace/applyEdit)) &key edit &allow-other-keys)
  "Apply EDIT, which the user has accepted already; all of it or nothing."
  (condition-case problem
      (let ((changes (append (plist-get edit :documentChanges) nil)))
        (arriero--sync)
        (mapc #'arriero--check changes)
        (mapc #'arriero--apply changes)
        (arriero--sync)
        (list :applied t))
    (error (list :applied :json-false :failureReason (error-message-string problem)))))

(defun arriero--check (change)
  "Signal an error if CHANGE does not fit a buffer that is open."
  (when-let* ((document (plist-get change :textDocument))
              (buffer (find-buffer-visiting (arriero--path (plist-get document :uri)))))
    (with-current-buffer buffer
      (barf-if-buffer-read-only)
      (let ((version (plist-get document :version)))
        (when (and (integerp version)
                   (bound-and-true-p eglot--managed-mode)
                   (/= version (or (arriero--version) version)))
          (error "%s has changed since" (buffer-name)))))))

(defun arriero--version ()
  "Return the version of the buffer's document, nil where eglot does not tell."
  (and (boundp 'eglot--versioned-identifier) (symbol-value 'eglot--versioned-identifier)))

(defun arriero--apply (change)
  "Apply one CHANGE of a workspace edit."
  (pcase (plist-get change :kind)
    ("create" (let ((path (arriero--path (plist-get change :uri))))
                (make-directory (file-name-directory path) t)
                (unless (file-exists-p path) (write-region "" nil path nil 'silent))))
    ("rename" (arriero--rename (arriero--path (plist-get change :oldUri))
                               (arriero--path (plist-get change :newUri))))
    ("delete" (let* ((path (arriero--path (plist-get change :uri)))
                     (buffer (find-buffer-visiting path)))
                (delete-file path t)
                (when buffer
                  (with-current-buffer buffer (set-buffer-modified-p nil))
                  (kill-buffer buffer))))
    (_ (let ((path (arriero--path (plist-get (plist-get change :textDocument) :uri))))
         (with-current-buffer (find-file-noselect path)
           (save-excursion
             (funcall 'eglot--apply-text-edits (plist-get change :edits))))))))

(defun arriero--rename (old new)
  "Rename the file OLD to NEW, with the buffer that visits it."
  (make-directory (file-name-directory new) t)
  (rename-file old new)
  (when-let ((buffer (find-buffer-visiting old)))
    (with-current-buffer buffer (set-visited-file-name new nil t))))

;;;; What the server tells on its own

(cl-defmethod eglot-handle-notification
  ((_server arriero-server) (_method (eql 'arriero/statusChanged)) &key runs &allow-other-keys)
  "Show in the mode line what goes on and what waits of RUNS."
  (let ((waiting (cl-count "review" (append runs nil)
                           :key (lambda (run) (plist-get run :state)) :test #'equal)))
    (unless (cl-find "running" (append runs nil)
                     :key (lambda (run) (plist-get run :state)) :test #'equal)
      (setq arriero--status (if (> waiting 0) (format " Arriero[%d to review]" waiting) "")))
    (force-mode-line-update t)))

(cl-defmethod eglot-handle-notification
  ((server arriero-server) (_method (eql 'arriero/proposalChanged)) &key runId &allow-other-keys)
  "Follow the proposal of the run RUNID of SERVER where it is shown."
  (run-hook-with-args 'arriero-proposal-changed-functions server runId))

(cl-defmethod eglot-handle-notification :after
  ((_server arriero-server) (_method (eql '$/progress)) &key value &allow-other-keys)
  "Show the VALUE of a progress in the mode line."
  (setq arriero--status
        (if (equal (plist-get value :kind) "end")
            ""
          (format " Arriero[%s]"
                  (truncate-string-to-width
                   (or (plist-get value :message) (plist-get value :title) "…") 40 nil nil t))))
  (force-mode-line-update t))

(provide 'arriero-eglot)
;;; arriero-eglot.el ends here
