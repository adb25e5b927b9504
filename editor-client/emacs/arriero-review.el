;;; arriero-review.el --- Review what Arriero proposes, by hunk  -*- lexical-binding: t; -*-

;; Copyright (c) 2026 The Arriero authors
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; A proposal as a diff, in which each hunk is accepted or rejected.  Part of the package `arriero'.

;;; Code:

(require 'arriero-eglot)
(require 'diff-mode)

(defvar-local arriero-review--server nil "The server that has the proposal.")
(defvar-local arriero-review--run nil "The id of the run that made it.")

(defvar arriero-review-mode-map
  (let ((map (make-sparse-keymap)))
    (set-keymap-parent map special-mode-map)
    (define-key map "a" #'arriero-review-accept)
    (define-key map "r" #'arriero-review-reject)
    (define-key map "A" #'arriero-review-accept-all)
    (define-key map "R" #'arriero-review-reject-all)
    (define-key map "n" #'arriero-review-next)
    (define-key map "p" #'arriero-review-previous)
    (define-key map "g" #'arriero-review-refresh)
    map)
  "Keys of a review.")

(define-derived-mode arriero-review-mode special-mode "Arriero-Review"
  "Review what a run proposes.
\\<arriero-review-mode-map>\\[arriero-review-accept] accepts the hunk at point,
\\[arriero-review-reject] rejects it; \\[arriero-review-accept-all] and
\\[arriero-review-reject-all] do all."
  (setq-local font-lock-defaults '(diff-font-lock-keywords t nil nil nil))
  (setq header-line-format
        (substitute-command-keys
         "\\[arriero-review-accept] accept  \\[arriero-review-reject] reject  \
\\[arriero-review-accept-all] \\[arriero-review-reject-all] all  \\[arriero-review-next] \
\\[arriero-review-previous] move  \\[quit-window] close")))

(defun arriero-review-open (server run)
  "Show the proposal of RUN, which SERVER has."
  (let ((buffer (get-buffer-create "*Arriero review*")))
    (with-current-buffer buffer
      (arriero-review-mode)
      (setq arriero-review--server server
            arriero-review--run run)
      (arriero-review-refresh))
    (when (buffer-live-p buffer) (pop-to-buffer buffer))))

(defun arriero-review-refresh ()
  "Show the proposal as it is now; close when nothing is open any more."
  (interactive)
  (let* ((proposal (jsonrpc-request arriero-review--server :arriero/proposal
                                    (list :runId arriero-review--run)))
         (line (line-number-at-pos))
         (inhibit-read-only t)
         (open 0))
    (erase-buffer)
    (cl-loop for file across (plist-get proposal :files)
             do (cl-incf open (arriero-review--insert file)))
    (goto-char (point-min))
    (forward-line (1- line))
    (unless (get-text-property (point) 'arriero-hunk)
      (goto-char (point-min))
      (arriero-review-next))
    (when (zerop open)
      (message "Arriero: every change is decided; M-x arriero-undo takes the run back")
      (quit-window t (get-buffer-window)))))

(defun arriero-review--insert (file)
  "Insert the open hunks of FILE and return how many there are."
  (let ((name (file-relative-name (arriero--path (plist-get file :uri))))
        (hunks (cl-remove-if-not (lambda (hunk) (equal (plist-get hunk :state) "open"))
                                 (append (plist-get file :hunks) nil))))
    (when hunks
      (insert (format "--- %s\n+++ %s\n" name
                      (pcase (plist-get file :kind)
                        ("delete" "/dev/null")
                        ("rename" (file-relative-name (arriero--path (plist-get file :newUri))))
                        (_ name)))))
    (dolist (hunk hunks)
      (let ((start (point))
            (old (append (plist-get hunk :oldLines) nil))
            (new (append (plist-get hunk :newLines) nil))
            (line (1+ (plist-get hunk :line))))
        (insert (format "@@ -%d,%d +%d,%d @@\n" line (length old) line (length new)))
        (dolist (each old) (insert "-" (string-trim-right each "[\r\n]+") "\n"))
        (dolist (each new) (insert "+" (string-trim-right each "[\r\n]+") "\n"))
        (put-text-property start (point) 'arriero-hunk (plist-get hunk :id))))
    (length hunks)))

(defun arriero-review--decide (command hunks)
  "Have the server do COMMAND with HUNKS, a list of ids, or with all for nil."
  (arriero--sync)
  (let* ((argument (append (list :runId arriero-review--run)
                           (and hunks (list :hunks (vconcat hunks)))))
         (result (jsonrpc-request arriero-review--server :workspace/executeCommand
                                  (list :command command :arguments (vector argument))
                                  :timeout 60))
         (words (plist-get result :message)))
    (when (and (stringp words) (not (string-empty-p words)))
      (message "Arriero: %s" words))
    (arriero-review-refresh)))

(defun arriero-review--here ()
  "Return the id of the hunk at point in a list."
  (list (or (get-text-property (point) 'arriero-hunk)
            (user-error "There is no change at point; move to one"))))

(defun arriero-review-accept ()
  "Accept the hunk at point."
  (interactive)
  (arriero-review--decide "arriero.accept" (arriero-review--here)))

(defun arriero-review-reject ()
  "Reject the hunk at point."
  (interactive)
  (arriero-review--decide "arriero.reject" (arriero-review--here)))

(defun arriero-review-accept-all ()
  "Accept every hunk that is open."
  (interactive)
  (arriero-review--decide "arriero.accept" nil))

(defun arriero-review-reject-all ()
  "Reject every hunk that is open."
  (interactive)
  (arriero-review--decide "arriero.reject" nil))

(defun arriero-review-next ()
  "Move to the next hunk."
  (interactive)
  (arriero-review--move 1))

(defun arriero-review-previous ()
  "Move to the previous hunk."
  (interactive)
  (arriero-review--move -1))

(defun arriero-review--move (direction)
  "Move to the hunk in DIRECTION, 1 or -1."
  (let ((before (point)))
    (if (> direction 0)
        (progn (end-of-line) (re-search-forward "^@@" nil 'move))
      (beginning-of-line)
      (re-search-backward "^@@" nil 'move))
    (beginning-of-line)
    (unless (get-text-property (point) 'arriero-hunk) (goto-char before))))

(defun arriero-review--changed (_server run)
  "Follow the proposal of RUN if it is under review."
  (let ((buffer (get-buffer "*Arriero review*")))
    (when (and buffer (equal run (buffer-local-value 'arriero-review--run buffer)))
      (run-with-idle-timer 0 nil #'arriero-review--refresh-in buffer))))

(defun arriero-review--refresh-in (buffer)
  "Refresh the review in BUFFER if it is there still."
  (when (buffer-live-p buffer)
    (with-current-buffer buffer (arriero-review-refresh))))

(add-hook 'arriero-proposal-changed-functions #'arriero-review--changed)

(provide 'arriero-review)
;;; arriero-review.el ends here
