;;; emacs.el --- Emacs without a screen: emacs --quick --batch -l emacs.el, with the scenario in $SCENARIO  -*- lexical-binding: t -*-
;; The configuration, a block of docs/EDITORS.md, is in $CONFIG; $CLIENT is eglot or lsp-mode.
(require 'package)
(setq package-user-dir (expand-file-name "elpa" (getenv "HOME")))
(add-to-list 'package-directory-list "/usr/share/emacs/site-lisp/elpa") ; Debian's packages, which --quick drops
(package-initialize)
(require 'cl-lib)
(require 'flymake)
(require 'json)
(defvar json-object-type 'alist)

(defvar scenario (json-read-file (getenv "SCENARIO")))
(defvar finding (alist-get 'finding scenario))
(defvar handler (alist-get 'handler scenario))
(defvar started (float-time))

(defun say (format &rest arguments)
  (princ (format "%6d ms  %s\n" (* 1000 (- (float-time) started)) (apply #'format format arguments))))

(defun eventually (what condition)
  "Wait until CONDITION holds; nobody types here, so the client is fed by hand."
  (let ((end (+ (float-time) 30)) value)
    (while (and (not (setq value (funcall condition))) (< (float-time) end))
      (accept-process-output nil 0.05))
    (unless value (error "Never happened: %s" what))
    (say "%s" what)
    value))

(defun found (buffer)
  (with-current-buffer buffer
    (cl-remove-if-not (lambda (one) (string-match-p (alist-get 'message finding) (flymake-diagnostic-text one)))
                      (flymake-diagnostics))))

(defun place (offset)
  "The position in this buffer of a column of the finding's line."
  (save-excursion
    (goto-char (point-min))
    (forward-line (alist-get 'line finding))
    (+ (point) offset)))

(defun the-finding-stands-where-it-belongs (buffer)
  (eventually "the finding is shown" (lambda () (= 1 (length (found buffer)))))
  (let ((one (car (found buffer))))
    (cl-assert (equal (list (flymake-diagnostic-beg one) (flymake-diagnostic-end one))
                      (list (place (alist-get 'start finding)) (place (alist-get 'end finding)))) t)
    (cl-assert (memq (flymake-diagnostic-type one) '(eglot-error :error)) t)))

(defun the-hover-gives-the-reason ()
  (goto-char (place (alist-get 'start finding)))
  (let (shown)
    (funcall ask-hover (lambda (text) (setq shown (replace-regexp-in-string "[ \t\n]+" " " text))))
    (eventually "the hover gives the reason"
                (lambda () (and shown (string-match-p (regexp-quote (alist-get 'reason finding)) shown))))))

(defun change-template (from to)
  (with-current-buffer (find-file-noselect (alist-get 'template scenario))
    (funcall manage)
    (goto-char (point-min))
    (search-forward from)
    (replace-match to t t)
    (funcall send-changes)
    (save-buffer)))

(defun a-change-of-the-template-refreshes-the-handler (buffer)
  (change-template (alist-get 'text handler) (alist-get 'instead handler))
  (eventually "a handler that is deployed no more is silent" (lambda () (null (found buffer))))
  (change-template (alist-get 'instead handler) (alist-get 'text handler))
  (eventually "deployed again, it is found again" (lambda () (= 1 (length (found buffer))))))

(defun the-silence-is-written (buffer)
  (cl-letf (((symbol-function 'completing-read) #'choose-silence)
            ((symbol-function 'read-from-minibuffer) (lambda (&rest _) (error "Asked for text"))))
    (funcall apply-action (place (alist-get 'start finding)) (place (alist-get 'end finding))))
  (eventually "the silence is written"
              (lambda () (save-excursion (goto-char (point-min))
                                         (search-forward (alist-get 'written (alist-get 'silence finding)) nil t))))
  (funcall send-changes)
  (eventually "the finding is gone" (lambda () (null (found buffer)))))

(defun choose-silence (_prompt collection &rest _)
  "The choice of a person who wants the finding silenced."
  (or (seq-find (lambda (title) (string-match-p (alist-get 'title (alist-get 'silence finding)) title))
                (all-completions "" collection))
      (error "No silence among %S" (all-completions "" collection))))

;;; What differs between the clients

(defvar ask-hover nil)
(defvar apply-action nil)
(defvar send-changes nil)
(defvar manage nil "What the client does when a buffer is shown; nothing is ever shown here.")

(defun with-eglot ()
  (setq eglot-sync-connect 20 eglot-confirm-server-initiated-edits nil eglot-confirm-server-edits nil)
  (setq ask-hover (lambda (got) (eglot-hover-eldoc-function (lambda (text &rest _) (funcall got text))))
        apply-action (lambda (start end) (eglot-code-actions start end "quickfix" t))
        send-changes (lambda () (eglot--signal-textDocument/didChange))
        manage (lambda () (run-hooks 'post-command-hook)))
  (lambda ()
    (funcall manage)
    (eventually "eglot has started" #'eglot-managed-p)
    (flymake-start)))

(defun with-lsp-mode ()
  (setq lsp-auto-guess-root t           ; it would ask which folder is the project
        lsp-auto-execute-action nil
        lsp-diagnostics-provider :flymake)
  (setq ask-hover (lambda (got)
                    (lsp-request-async "textDocument/hover" (lsp--text-document-position-params)
                                       (lambda (hover) (funcall got (lsp--render-on-hover-content (lsp:hover-contents hover) t)))))
        apply-action (lambda (start _) (goto-char start) (call-interactively #'lsp-execute-code-action))
        send-changes #'lsp--flush-delayed-changes
        manage (lambda () (unless lsp-mode (lsp))))
  (lambda ()
    (funcall manage)
    (eventually "lsp-mode has started"
                (lambda () (seq-some (lambda (one) (eq 'initialized (lsp--workspace-status one))) (lsp-workspaces))))
    (flymake-start)))

(defun main ()
  (setq make-backup-files nil create-lockfiles nil)
  (load (getenv "CONFIG") nil t)
  (let ((begin (if (equal (getenv "CLIENT") "eglot") (with-eglot) (with-lsp-mode)))
        (buffer (find-file-noselect (alist-get 'file scenario))))
    (say "Emacs %s, %s" emacs-version (getenv "CLIENT"))
    (switch-to-buffer buffer)
    (funcall begin)
    (the-finding-stands-where-it-belongs buffer)
    (the-hover-gives-the-reason)
    (a-change-of-the-template-refreshes-the-handler buffer)
    (the-silence-is-written buffer)
    (save-buffer)
    (with-temp-buffer
      (insert-file-contents (alist-get 'file scenario))
      (cl-assert (search-forward (alist-get 'written (alist-get 'silence finding)) nil t) t))
    (say "saved")))

(condition-case problem
    (main)
  (error (say "FAILED %s" (error-message-string problem))
         (say "diagnostics: %S" (mapcar #'flymake-diagnostic-text (flymake-diagnostics)))
         (kill-emacs 1)))
