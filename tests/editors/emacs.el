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
(defvar payment (alist-get 'payment scenario))
(defvar queue (alist-get 'queue scenario))
(defvar source (alist-get 'source scenario))
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

(defun found (finding buffer)
  (with-current-buffer buffer
    (funcall redraw)
    (seq-filter (lambda (one) (string-match-p (regexp-quote (alist-get 'message finding)) (flymake-diagnostic-text one)))
                (flymake-diagnostics))))

(defun place (line column)
  "The position in this buffer of a line and a column that begin at zero."
  (save-excursion
    (goto-char (point-min))
    (forward-line line)
    (+ (point) column)))

(defun range (thing)
  (let-alist thing (list (place .line .start) (place .line .end))))

(defun stands-where-it-belongs (finding buffer)
  (eventually (format "%s is shown" (alist-get 'code finding)) (lambda () (= 1 (length (found finding buffer)))))
  (with-current-buffer buffer
    (let ((one (car (found finding buffer)))
          (kinds (if (= 1 (alist-get 'severity finding)) '(eglot-error :error) '(eglot-warning :warning))))
      (cl-assert (equal (list (flymake-diagnostic-beg one) (flymake-diagnostic-end one)) (range finding)) t)
      (cl-assert (memq (flymake-diagnostic-type one) kinds) t))))

(defun the-hover-gives-the-reason (finding)
  (goto-char (car (range finding)))
  (let (shown)
    (funcall ask-hover (lambda (text) (setq shown (replace-regexp-in-string "[ \t\n]+" " " text))))
    (eventually "the hover gives the reason"
                (lambda () (and shown (string-match-p (regexp-quote (alist-get 'reason finding)) shown))))))

(defun change-source (buffer from to)
  (with-current-buffer buffer
    (goto-char (place (alist-get 'line source) (alist-get 'start source)))
    (delete-char (length from))
    (insert to)
    (funcall send-changes)
    (save-buffer)))

(defun a-change-of-the-template-refreshes-the-handler (template buffer)
  (let-alist source
    (change-source template .word .instead)
    (eventually "a handler without a queue is silent" (lambda () (null (found payment buffer))))
    (change-source template .instead .word)
    (eventually "fed by a queue again, it is found again" (lambda () (= 1 (length (found payment buffer)))))))

(defun an-action-is-taken (finding buffer file)
  (pop-to-buffer buffer)
  (cl-letf (((symbol-function 'completing-read) (lambda (_ titles &rest _) (choice (alist-get 'title finding) titles))))
    (apply apply-action (range finding)))
  (eventually (format "taken: %s" (alist-get 'title finding)) (lambda () (holds (alist-get 'written finding))))
  (funcall send-changes)
  (eventually (format "%s is gone" (alist-get 'code finding)) (lambda () (null (found finding buffer))))
  (save-buffer)
  (with-temp-buffer
    (insert-file-contents file)
    (cl-assert (holds (alist-get 'written finding)) t)))

(defun choice (title titles)
  "The choice of a person who wants the action of this TITLE."
  (or (seq-find (lambda (one) (string-match-p (regexp-quote title) one)) (all-completions "" titles))
      (error "No %s among %S" title (all-completions "" titles))))

(defun holds (text)
  (save-excursion
    (goto-char (point-min))
    (search-forward text nil t)))

;;; What differs between the clients

(defvar ask-hover nil)
(defvar apply-action nil)
(defvar send-changes nil)
(defvar redraw #'ignore)
(defvar manage nil "What the client does when a buffer is shown; nothing is ever shown here.")

(defun with-eglot ()
  (setq eglot-sync-connect 20 eglot-confirm-server-initiated-edits nil eglot-confirm-server-edits nil)
  (setq ask-hover (lambda (got) (eglot-hover-eldoc-function (lambda (text &rest _) (funcall got text))))
        apply-action (lambda (start end)
                       (let ((last-nonmenu-event ?x)) ; a mouse would get a menu
                         (eglot-code-actions start end "quickfix" t)))
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
        ;; lsp-mode redraws the selected buffer only, when something arrives; here nobody selects one
        redraw (lambda () (run-hooks 'lsp-diagnostics-updated-hook))
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
    (stands-where-it-belongs payment buffer)
    (the-hover-gives-the-reason payment)
    (let ((template (find-file-other-window (alist-get 'template scenario))))
      (funcall manage)
      (flymake-start)
      (stands-where-it-belongs queue template)
      (a-change-of-the-template-refreshes-the-handler template buffer)
      (an-action-is-taken queue template (alist-get 'template scenario))
      (an-action-is-taken payment buffer (alist-get 'file scenario)))
    (say "saved")))

(condition-case problem
    (main)
  (error (say "FAILED %s" (error-message-string problem))
         (say "diagnostics: %S" (mapcar #'flymake-diagnostic-text (flymake-diagnostics)))
         (kill-emacs 1)))
