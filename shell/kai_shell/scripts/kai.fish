# kai for fish: a key rewrites the words at the end of the line into the kubectl command.
# Written by `kai init fish`; run that again rather than changing this file.
#
#   KAI_KEY, KAI_KEY2   the keys, as bind or bindkey writes them (\ck or ^K); empty switches one off
#   KAI_GUARD=1 or 0    switches the question before Enter on or off, whatever was set at kai init
#   KAI_DISABLE=1       the keys do what they did before
#
# The line is sacred: it is replaced in one place, after everything has been checked. Nothing is run
# from here but kai's own client, where no daemon answers, and `sleep`, where one takes its time.

set -g _kai_python @PYTHON@
set -g _kai_key @KEY@
set -g _kai_key2 @KEY2@
set -g _kai_guard @GUARD@

# --- the key -------------------------------------------------------------------------------------

function _kai_press --argument-names number
    if _kai_is_ours
        _kai_rewrite
    else
        _kai_before $fish_bind_mode-$number $_kai_sequences[$number]
    end
end

# Only at the end of a line that is not empty; there kill-line does nothing anyway.
function _kai_is_ours
    test "$KAI_DISABLE" = 1; and return 1
    commandline --paging-mode; and return 1
    set -l line (commandline -b)
    string match -qr '\S' -- $line; or return 1
    # In the list of vi's commands, the cursor is on the last character.
    test $fish_bind_mode = default -a "$fish_key_bindings" = fish_vi_key_bindings
    and set line (string sub -s 2 -- "$line")
    test (commandline -C) -ge (string length -- "$line")
end

# Does what the key did before: what the user had bound, else what fish binds.
function _kai_before --argument-names place sequence
    set -l bound
    set -l at (contains -i -- $place $_kai_places)
    and set bound $_kai_bounds[$at]
    or set bound (bind --preset -M $fish_bind_mode $sequence 2>/dev/null)
    test -n "$bound[1]"; or return 0
    echo $bound[1] | read -lat words
    set -l sets ''
    set -e words[1]
    while string match -q -- '-*' $words[1]
        switch $words[1]
            case -M --mode -m --sets-mode
                string match -q -- '*m*' (string replace -- --mode -M $words[1]); and set sets $words[2]
                set -e words[1]
        end
        set -e words[1]
    end
    for command in $words[2..-1]
        if contains -- $command (bind --function-names)
            commandline -f $command
        else
            eval $command
        end
    end
    test -z "$sets"; or set -g fish_bind_mode $sets
    return 0
end

function _kai_bind
    set -g _kai_sequences $_kai_key $_kai_key2
    set -q _kai_places; or set -g _kai_places
    set -q _kai_bounds; or set -g _kai_bounds
    for number in 1 2
        for mode in default insert
            # In vi, Esc and then k is what people type to go up: Alt-K only where somebody asks.
            test $number$mode = 2insert; and not set -q KAI_KEY2; and continue
            test -n "$_kai_sequences[$number]"; or continue
            _kai_take $mode $_kai_sequences[$number] $number "_kai_press $number"
        end
    end
    test $_kai_guard = 1; or return 0
    for sequence in \r \n
        for mode in default insert
            _kai_take $mode $sequence (string escape -- $sequence) "_kai_enter "(string escape -- $sequence)
        end
    end
end

# Binds a key, and keeps what the user had bound to it.
function _kai_take --argument-names mode sequence name command
    set -l bound (bind --user -M $mode $sequence 2>/dev/null)
    if test -n "$bound[1]"; and not string match -q '*_kai_*' -- $bound[1]
        set -ga _kai_places $mode-$name
        set -ga _kai_bounds $bound[1]
    end
    bind -M $mode $sequence $command
end

# --- the rewriting -------------------------------------------------------------------------------

function _kai_rewrite
    set -g _kai_problem ''
    set -l line (commandline -b)
    if _kai_ask ask (string join \x1e -- $line)
        _kai_obey
    end
    test -z "$_kai_problem"; or _kai_say $_kai_problem
    return 0
end

# Asks KIND FIELD..., line breaks in the fields already as they are sent, and puts the fields of the
# answer into _kai_answer, or says in _kai_problem why there is none.
function _kai_ask
    if string match -qr '(?![\x1e\t])\p{Cc}' -- $argv
        set -g _kai_problem 'the line holds control characters; it is as it was'
        return 1
    end
    set -l kubeconfig ''
    # What is not exported does not reach kubectl either.
    set -qx KUBECONFIG; and set kubeconfig "$KUBECONFIG"
    _kai_describe
    set -l where "$_kai_tty" "$COLUMNS" "$PWD" "$kubeconfig"
    if string match -qr '[\n\x1e\x1f]' -- $where
        for at in 1 2 3 4
            set where[$at] (string join \x1e -- (string replace -ra '[\x1e\x1f]' '' -- (string split \n -- $where[$at])))
        end
    end
    set -l request (string join \x1f -- 1 $argv[1] fish $where "$_kai_env" $argv[2..-1])
    if test (string length -- $request) -gt 16384
        set -g _kai_problem 'the line is too long; it is as it was'
        return 1
    end
    _kai_exchange $request
    switch $status
        case 0
            return 0
        case 1
            set -g _kai_problem 'kai could not be started; kai doctor says why'
        case 2
            set -g _kai_problem 'no answer in time; press the key again (kai doctor, where that stays so)'
        case 4
            set -g _kai_problem 'kai went away; the line is as it was, press the key again'
        case '*'
            set -g _kai_problem 'what came is no answer of kai; kai daemon stop ends what sent it'
    end
    return 1
end

# Puts into _kai_env what the daemon has to know of the terminal; where it may draw, the terminal
# keeps where the cursor is.
function _kai_describe
    if not set -q _kai_tty
        set -g _kai_tty (builtin realpath /proc/$fish_pid/fd/0 2>/dev/null)
        test -c "$_kai_tty"; or set _kai_tty (command tty 2>/dev/null)
        test -c "$_kai_tty"; or set _kai_tty ''
    end
    set -g _kai_env LINES=$LINES
    for name in TERM COLORTERM NO_COLOR LANG LC_ALL KAI_PLAIN
        set -qx $name; and not string match -qr '\p{Cc}' -- "$$name"
        and set -ga _kai_env $name="$$name"
    end
    if test -n "$_kai_tty"; and not contains -- "$TERM" '' dumb emacs unknown
        set -ga _kai_env PANEL=1
        printf '\e7'
    end
    set _kai_env (string join \x1e -- $_kai_env)
end

# --- the daemon ----------------------------------------------------------------------------------

set -q _kai_count; or set -g _kai_count 0
set -g _kai_turns (string split ' ' -- (string repeat -n 1499 '. ').)
set -g _kai_pauses .005 .005 .01 .01 .02 .02 .03 .05 .05 .1 .1 .1 .1 .1 .1 .1 .1 .1 .1 .1 .1 .1 .1 .1

# Asks the daemon; one that is not there or goes away is what the client is for, which starts it.
# 1: nobody answered; 2: not in time; 3: not an answer; 4: the daemon went away while it asked.
function _kai_exchange --argument-names request
    if _kai_send $request
        _kai_wait
        set -l how $status
        test $how = 1; or return $how
    end
    test -x "$_kai_python"; or return 1
    set -l answer (printf '%s\n' $request | command $_kai_python -P -m kai_shell.daemon.client --seconds 1.6 2>/dev/null)
    test (count $answer) = 1; or return 1
    _kai_read $answer\n
end

# Gives the request to the daemon; fails where there is none. fish opens no FIFO without waiting for
# its other end, so this goes to the FIFO as the daemon itself holds it open: where the daemon is
# gone, so is that name.
function _kai_send --argument-names request
    if not _kai_is_there
        _kai_find; or return 1
    end
    set -g _kai_count (math $_kai_count + 1)
    set -g _kai_file $_kai_folder/file.$fish_pid.$_kai_count
    # fish writes 512 bytes at a time: only a short line is written in one piece.
    printf '%s\n' $request >$_kai_file; or return 1
    echo $_kai_file >$_kai_way
end

function _kai_is_there
    test -n "$_kai_way" -a -e "$_kai_way"
    and test (builtin realpath $_kai_way 2>/dev/null) = $_kai_fifo
end

# Puts the daemon's end of the FIFO into _kai_way. The folder has to be ours, by the rule of
# kai_shell/daemon/runtime.py; what a daemon of ours has open is a FIFO of ours.
function _kai_find
    set -l folders
    string match -q '/*' -- "$XDG_RUNTIME_DIR"; and set folders $XDG_RUNTIME_DIR/kai
    if string match -q '/*' -- "$XDG_STATE_HOME"
        set -a folders $XDG_STATE_HOME/kai/run
    else
        set -a folders $HOME/.local/state/kai/run
    end
    for folder in $folders
        test -d $folder -a -O $folder -a ! -L $folder -a -w $folder; or continue
        test -f $folder/kai.lock -a -p $folder/ask.fifo; or continue
        set -l pid ''
        read pid <$folder/kai.lock
        string match -qr '^[1-9][0-9]*$' -- $pid; or continue
        set -g _kai_folder $folder
        set -g _kai_fifo (builtin realpath $folder/ask.fifo)
        if not test -d /proc/$fish_pid/fd
            # No such names here: where the process is, it holds the FIFO open.
            command kill -0 $pid 2>/dev/null; or continue
            set -g _kai_way $_kai_fifo
            return 0
        end
        for way in /proc/$pid/fd/*
            if test (builtin realpath $way 2>/dev/null) = $_kai_fifo
                set -g _kai_way $way
                return 0
            end
        end
    end
    set -g _kai_way ''
    return 1
end

# Looks for the answer, without a process as long as a daemon usually takes.
function _kai_wait
    set -l file $_kai_file.0
    for turn in $_kai_turns
        test -e $file; and break
    end
    if not test -e $file
        for pause in $_kai_pauses
            _kai_is_there; or return 1
            command sleep $pause
            test -e $file; and break
        end
    end
    test -e $file; or return 2
    test -O $file; or return 3
    read -lz raw <$file
    _kai_read $raw
end

# Puts the fields of a line into _kai_answer. 3: it is none.
function _kai_read --argument-names raw
    test (string length -- "$raw") -le 65536; or return 3
    string match -qr '^[^\n]+\n$' -- $raw; or return 3
    # Of all control characters only the two of the protocol.
    string match -qr '(?![\x1e\x1f\n])\p{Cc}' -- $raw; and return 3
    set -g _kai_answer (string split \x1f -- (string trim -r -c \n -- $raw))
    return 0
end

# --- the answer ----------------------------------------------------------------------------------

# Does what the answer says, or says in _kai_problem why not.
function _kai_obey
    set -l parts (count $_kai_answer)
    switch $_kai_answer[1]:(test $parts -ge 3; and echo 3; or echo $parts)
        case put:3
            _kai_put $_kai_answer[2]
        case none:2 none:3 fail:2 fail:3
            set -g _kai_problem $_kai_answer[2]
        case '*'
            set -g _kai_problem 'what came is no answer of kai; the line is as it was'
    end
end

# The one place where the line changes: one plain printable line, one step of undo.
function _kai_put --argument-names command
    _kai_is_plain $command; or return 1
    commandline -br -- $command
end

# Whether this may stand on a line: nothing that controls, is invisible or turns the direction of
# writing; bytes that are no text are characters for private use in fish.
function _kai_is_plain --argument-names text
    test -n "$text" -a (string length -- "$text") -le 16384
    and not string match -qr '[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\x{FDD0}-\x{FDEF}]' -- $text
    and return 0
    set -g _kai_problem 'the answer holds what does not belong on a line; yours is as it was'
    return 1
end

function _kai_say
    printf '\eD\eM\e7\r\nkai: %s\e8' "$argv"
end

status is-interactive; and _kai_bind
