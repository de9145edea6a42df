# kai for fish: a key rewrites the words at the end of the line into the kubectl command.
# Written by `kai init fish`; run that again rather than changing this file.
#
#   KAI_KEY, KAI_KEY2   the keys, as bind or bindkey writes them (\ck or ^K); empty switches one off
#   KAI_GUARD=1 or 0    switches the question before Enter on or off, whatever was set at kai init
#   KAI_DISABLE=1       the keys do what they did before
#
# The line is sacred: it is replaced in one place, after everything has been checked. Nothing is run
# from here but kai's own client, where no daemon answers, and `sleep`, where one takes its time.
#
# fish reads a file as a whole before it does anything, so what only the key needs stands here as
# comments (`#: `), which cost a shell that starts nothing, and is read when the key is first pressed.

set -g _kai_file_read (status filename)
string match -q '/*' -- $_kai_file_read; or set _kai_file_read $PWD/$_kai_file_read
set -g _kai_python @PYTHON@
set -g _kai_key @KEY@
set -g _kai_key2 @KEY2@
set -g _kai_guard @GUARD@
set -q _kai_places; or set -g _kai_places # mode and key -> what the user had bound to it
set -q _kai_bounds; or set -g _kai_bounds

# --- the key -------------------------------------------------------------------------------------

function _kai_press --argument-names number
    if _kai_is_ours
        if _kai_is_whole
            _kai_rewrite
        else
            printf '\r\nkai: %s cannot be read; kai init fish writes it\r\n' $_kai_file_read
            commandline -f repaint
        end
    else
        _kai_before $fish_bind_mode-$number $_kai_sequences[$number]
    end
end

# Only at the end of a line that is not empty; there kill-line does nothing anyway.
function _kai_is_ours
    test "$KAI_DISABLE" = 1; and return 1
    commandline --paging-mode; and return 1
    set -g _kai_line (commandline -b)
    string match -qr '\S' -- $_kai_line; or return 1
    if test $fish_bind_mode = default -a "$fish_key_bindings" = fish_vi_key_bindings
        # Here the cursor is on the last character.
        test (commandline -C) -ge (string length -- (string sub -s 2 -- "$_kai_line"))
    else
        set -l before (commandline -bc)
        test "$before" = "$_kai_line"
    end
end

# Does what the key did before: what the user had bound, else what fish binds.
function _kai_before --argument-names place sequence
    set -l bound
    set -l words
    if set -l at (contains -i -- $place $_kai_places)
        set bound $_kai_bounds[$at]
    else
        set bound (bind --preset -M $fish_bind_mode $sequence 2>/dev/null)
    end
    test -n "$bound[1]"; or return 0
    echo $bound[1] | read -at words
    # bind [--preset|--user] [-M mode] [-m mode] SEQUENCE COMMAND...
    set -l mode ''
    set -e words[1]
    while string match -q -- '-*' $words[1]
        test $words[1] = -m; and set mode $words[2]
        contains -- $words[1] -M -m; and set -e words[1]
        set -e words[1]
    end
    for command in $words[2..-1]
        if contains -- $command (bind --function-names)
            commandline -f $command
        else
            eval $command
        end
    end
    test -z "$mode"; or set -g fish_bind_mode $mode
    return 0
end

# Keys as bindkey writes them (^K, ^[k) become those of bind.
function _kai_key_of
    string unescape -- (string replace -ra '\^(.)' '\\\\c$1' -- (string replace -a '^[' '\e' -- $argv[1]))
end

function _kai_bind
    set -q KAI_KEY; and set _kai_key (_kai_key_of "$KAI_KEY")
    set -q KAI_KEY2; and set _kai_key2 (_kai_key_of "$KAI_KEY2")
    set -q KAI_GUARD; and set _kai_guard $KAI_GUARD
    set -g _kai_sequences "$_kai_key" "$_kai_key2"
    for mode in default insert
        test -z "$_kai_key"; or _kai_take $mode $_kai_key 1 "_kai_press 1"
        # In vi, Esc and then k is what people type to go up: Alt-K only where somebody asks.
        test -z "$_kai_key2"; or begin
            test $mode = insert; and not set -q KAI_KEY2
        end; or _kai_take $mode $_kai_key2 2 "_kai_press 2"
        if test "$_kai_guard" = 1
            _kai_take $mode \r enter _kai_enter
            _kai_take $mode \n enter _kai_enter
        end
    end
end

# Binds a key, and keeps what the user had bound to it.
function _kai_take --argument-names mode sequence name command
    set -l bound (bind --user -M $mode $sequence 2>/dev/null)
    if test -n "$bound[1]"; and not string match -q '* _kai_*' -- $bound[1]; and not string match -q "* '_kai_*" -- $bound[1]
        set -ga _kai_places $mode-$name
        set -ga _kai_bounds $bound[1]
    end
    bind -M $mode $sequence $command
end

# A line runs unless somebody was asked and said no. What runs it is what Enter did before.
function _kai_enter
    if test "$KAI_DISABLE" != 1 -a "$KAI_GUARD" != 0; and _kai_is_whole; and _kai_is_concerned; and not _kai_is_allowed
        return 0
    end
    if contains -- $fish_bind_mode-enter $_kai_places
        _kai_before $fish_bind_mode-enter
    else
        commandline -f execute
    end
end

function _kai_is_whole
    functions -q _kai_rewrite; and return 0
    test -r "$_kai_file_read"; or return 1
    string replace -rf '^#: ?' '' <$_kai_file_read | source
    functions -q _kai_rewrite
end

functions -e _kai_rewrite # of a file that was read before
status is-interactive; and _kai_bind

# --- read when the key is first pressed ----------------------------------------------------------

function _kai_rewrite
    set -g _kai_problem ''
    set -g _kai_panel 0
    set -g _kai_patience 24
    set -l text "$_kai_line"
    set -q _kai_line[2]; and set text (string join \x1e -- $_kai_line)
    _kai_ask ask $text; and _kai_obey
    _kai_repair
    test -z "$_kai_problem"; or _kai_say 0 $_kai_problem
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
    if string match -qr '^.{16385}' -- $request
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
        case 130
            set -g _kai_problem stopped
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
    for name in TERM COLORTERM NO_COLOR LANG LC_ALL (string match 'KAI_*' -- (set -nx))
        set -qx $name; and not string match -qr '\p{Cc}' -- "$$name"
        and set _kai_env $_kai_env\x1e$name="$$name"
    end
    # Who waits for a panel is a process of Python.
    if test -n "$_kai_tty" -a -x "$_kai_python"; and not contains -- "$TERM" '' dumb emacs unknown
        set _kai_env $_kai_env\x1ePANEL=1
        printf '\e7'
    end
end

# --- the daemon ----------------------------------------------------------------------------------

# What a command substitution or a process would have to count.
set -q _kai_thousands; or set -g _kai_thousands 0
set -g _kai_numbers
set -g _kai_turns {0,1,2}{0,1,2,3,4,5,6,7,8,9}{0,1,2,3,4,5,6,7,8,9}
set -g _kai_pauses .005 .005 .01 .01 .02 .02 .03 .05 .05 .1 .1 .1 .1 .1 .1 .1 .1 .1 .1 .1 .1 .1 .1 .1

# Asks the daemon; one that is not there or goes away is what the client is for, which starts it.
# 1: nobody answered; 2: not in time; 3: not an answer; 4: the daemon went away while it asked;
# 130: Ctrl-C, which fish makes the status of what it ended.
function _kai_exchange --argument-names request
    if _kai_send $request
        _kai_wait
        set -l how $status
        test $how = 1; or return $how
    end
    test -x "$_kai_python"; or return 1
    set -l seconds 1.6
    test $_kai_patience = 24; or set seconds .9
    set -l lines (printf '%s\n' $request | command $_kai_python -P -m kai_shell.daemon.client --seconds $seconds 2>/dev/null)
    test $status = 130; and return 130
    _kai_read_last $lines
end

# Gives the request to the daemon; fails where there is none. fish opens no FIFO without waiting for
# its other end, so this goes to the FIFO as the daemon itself holds it open: where the daemon is
# gone, so is that name.
function _kai_send --argument-names request
    if not _kai_is_there
        _kai_find; or return 1
    end
    if not set -q _kai_numbers[1]
        set _kai_numbers {0,1,2,3,4,5,6,7,8,9}{0,1,2,3,4,5,6,7,8,9}{0,1,2,3,4,5,6,7,8,9}
        set _kai_thousands (math $_kai_thousands + 1)
    end
    set -g _kai_file $_kai_folder/file.$fish_pid.$_kai_thousands$_kai_numbers[1]
    set -e _kai_numbers[1]
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
        echo | read -l nothing # a pipe between builtins: the daemon may have this processor meanwhile
    end
    if not test -e $file
        for pause in $_kai_pauses[1..$_kai_patience]
            _kai_is_there; or return 1
            command sleep $pause
            test $status = 130; and return 130
            test -e $file; and break
        end
    end
    test -e $file; or return 2
    test -O $file; or return 3
    set -l raw ''
    read -z raw <$file
    if test "$raw" = wait\n
        # Somebody is asked on the terminal: there is time for a process that follows.
        set _kai_panel 1
        set -l lines (command $_kai_python -P -m kai_shell.daemon.follow $_kai_file $_kai_way $_kai_tty {$LINES}x{$COLUMNS} </dev/null 2>/dev/null)
        switch $status
            case 130
                return 130
            case 3
                # Of a panel in a terminal of another size something may be left below the line.
                printf '\e7\r\n\e[J\e8'
                commandline -f repaint
        end
        _kai_read_last wait $lines
        return
    end
    string match -qr '\A[^\n]+\n\z' -- $raw; or return 3
    read raw <$file
    _kai_read $raw
end

# Reads the last of the lines; all others are `wait`. None: who should have answered is gone.
function _kai_read_last
    test (count $argv) -gt 0; or return 1
    for line in $argv[1..-2]
        test "$line" = wait; or return 3
        set _kai_panel 1
    end
    test "$argv[-1]" = wait; and return 4
    _kai_read $argv[-1]
end

# Puts the fields of a line into _kai_answer. 3: it is none.
function _kai_read --argument-names line
    test -n "$line"; and not string match -qr '^.{65535}' -- $line; or return 3
    # Of all control characters only the two of the protocol.
    string match -qr '(?![\x1e\x1f])\p{Cc}' -- $line; and return 3
    set -g _kai_answer (string split \x1f -- $line)
    return 0
end

# After a panel whose end nobody saw: the terminal as fish has it, the line painted anew.
function _kai_repair
    test "$_kai_panel" = 1 -a "$_kai_problem" != '' -a "$_kai_answer" = ''; or return 0
    command sleep .05 # who drew may be at it yet
    printf '\e[0m\e[?7h\e[?25h\e8\r\n\e[J\e8\e[?2004h'
end

# --- the answer ----------------------------------------------------------------------------------

# Does what the answer says, or says in _kai_problem why not.
function _kai_obey
    set -l known 0
    switch "$_kai_answer[1]"
        case put
            set -q _kai_answer[3]; and set known 1
            and _kai_put $_kai_answer[2] "$_kai_answer[4]" "$_kai_answer[5]"
            and test -n "$_kai_answer[3]"
            and _kai_remark $_kai_answer[2] $_kai_answer[3]
        case offer
            set -q _kai_answer[5]; and set known 1
            and _kai_offer
        case left
            set known 1
            set _kai_problem "$_kai_answer[2]"
        case none fail
            set -q _kai_answer[2]; and set known 1
            and set _kai_problem $_kai_answer[2]
            and test -z "$_kai_problem"; and set _kai_problem 'there is no answer'
    end
    test $known = 1; or set _kai_problem 'what came is no answer of kai; the line is as it was'
end

# The one place where the line changes: one plain printable line, one step of undo. What the history
# is to keep of the words is KEEP, the number of the offer ID.
function _kai_put --argument-names command keep id
    _kai_is_plain $command; or return 1
    commandline -br -- $command
    string match -qr '^[0-9]+$' -- $id; and _kai_watch $id
    # fish before 4 has nothing that puts a line into the history but running it.
    if string match -q '# *' -- $keep; and string match -qr '^[4-9]' -- $version
        not string match -qr '^\s' -- $_kai_line[1]
        and _kai_is_plain $keep
        and builtin history append -- $keep >/dev/null 2>&1
    end
    return 0
end

# Whether this may stand on a line: nothing that controls, is invisible or turns the direction of
# writing; bytes that are no text are characters for private use in fish.
function _kai_is_plain --argument-names text
    string match -qr '\A[^\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\x{FDD0}-\x{FDEF}]{1,16384}\z' -- $text
    and return 0
    set -g _kai_problem 'the answer holds what does not belong on a line; yours is as it was'
    return 1
end

# An answer that needs a yes: Enter takes it, every other key leaves the line.
function _kai_offer
    set -l tier (_kai_tier $_kai_answer[4]); or return 1
    _kai_is_plain $_kai_answer[2]; or return 1
    # Keys typed before the offer could be seen are no answer to it.
    if _kai_is_pending
        set _kai_problem 'there is an answer that needs a yes; press the key again'
        return 0
    end
    # The tier first: it is never what a small screen cuts off.
    set -l lines $tier $_kai_answer[2] (string split \x1e -- $_kai_answer[3] $_kai_answer[5])
    _kai_show 0 'Enter takes it, any other key leaves the line' $lines
    for key in \r \n
        bind -M kai_offer $key '_kai_hide; _kai_accept'
    end
    for key in \cc \cg \e\[{A,B,C,D,F,H} \eO{A,B,C,D,F,H}
        bind -M kai_offer $key _kai_hide
    end
    # The key is not used up by this: who goes on typing goes on typing.
    bind -M kai_offer '' _kai_hide
    _kai_enter_mode kai_offer
end

function _kai_accept
    test "$_kai_line" = (string join ' ' -- (commandline -b)); or return 0
    set -g _kai_problem ''
    _kai_put $_kai_answer[2] "$_kai_answer[6]" "$_kai_answer[7]"
end

# What a tier is called.
function _kai_tier
    switch $argv[1]
        case read
            echo only reads
        case write
            echo changes something in the cluster
        case destructive
            echo DESTRUCTIVE: deletes, stops or weakens something
        case forbidden
            echo FORBIDDEN: kai would never write this
        case '*'
            set -g _kai_problem 'what came is no answer of kai; the line is as it was'
            return 1
    end
end

# Whether keys were typed that fish has not read; where that cannot be known, it is so.
function _kai_is_pending
    command $_kai_python -I -S -c 'import select, sys; sys.exit(3 if select.select([0], [], [], 0)[0] else 4)' <$_kai_tty 2>/dev/null
    test $status != 4
end

# --- the guard -----------------------------------------------------------------------------------

# Before fish 3.6 abbreviations are no builtin's, and too slow to be looked at for each Enter.
set -g _kai_abbrs 0
contains -- abbr (builtin -n); and set _kai_abbrs 1

# Whether the line can hold kubectl, as it stands there or through what the user calls it; what that
# is comes into _kai_names.
function _kai_is_concerned
    set -g _kai_line (commandline -b)
    string match -qr '\S' -- $_kai_line; or return 1
    commandline --paging-mode; and return 1
    set -g _kai_names
    set -l known
    set -l held $_kai_line
    set -l words (string match -ra '[^\s;|&()<>{}"\'$\\\\]+' -- $held)
    while set -q words[1]; and test (count $known) -lt 64
        set -l word $words[1]
        set -e words[1]
        contains -- $word $known; and continue
        set -a known $word
        functions -q -- $word
        or begin
            test $_kai_abbrs = 1; and abbr --query -- $word
        end
        or continue
        set -l value (_kai_meaning $word); or continue
        set -a held $value
        set -ga _kai_names $word=(string join ';' -- $value)
        set -a words (string match -ra '[^\s;|&()<>{}"\'$\\\\]+' -- $value)
    end
    string match -q '*kubectl*' -- $held; or return 1
    # A line that only goes on is not run yet.
    set -l before (commandline -bc)
    string match -qr '(^|[^\\\\])(\\\\\\\\)*\\\\$' -- $before[-1]
    and not string match -q '*#*' -- $before
    and return 1
    set -l said (commandline --is-valid 2>&1)
    test $status != 2 -o -n "$said"
end

# What a word stands for: an abbreviation, or a function that `alias` made.
function _kai_meaning --argument-names word
    if functions -q -- $word
        set -l about (functions -Dv -- $word)[5]
        set -l value (string replace -r '^alias '(string escape --style=regex -- $word)'[= ]' '' -- $about)
        test "$value" != "$about"; or return 1
        echo $value
    else
        # abbr -a -- NAME VALUE
        set -l parts
        for line in (abbr --show)
            echo $line | read -at parts
            set -l at (contains -i -- -- $parts); or continue
            test "$parts[$(math $at + 1)]" = $word; or continue
            set -l value $parts[(math $at + 2)..-1]
            test -n "$value"; or return 1
            echo $value
            return 0
        end
        return 1
    end
end

# Whether the line may run. A guard that does not work is said once, and is in nobody's way.
function _kai_is_allowed
    set -g _kai_problem ''
    set -g _kai_panel 0
    set -g _kai_allowed 1
    set -g _kai_patience 17
    set -l line (string join \x1e -- (string replace -ra '(?!\t)\p{Cc}' ' ' -- $_kai_line))
    set -l names (string join \x1e -- (string replace -ra '\p{Cc}' ' ' -- $_kai_names))
    if _kai_ask guard "$names" $line
        _kai_obey_guard
    else if test $_kai_problem = stopped
        set _kai_problem ''
        set _kai_allowed 0
    else if test $_kai_panel = 1 -a "$_kai_broken" != "$line"
        # Somebody was to be asked: Enter once more runs it.
        set -g _kai_broken $line
        set _kai_allowed 0
    end
    _kai_repair
    if test $_kai_allowed = 0
        test -z "$_kai_problem"; or _kai_say 0 $_kai_problem
        return 1
    end
    test -z "$_kai_problem"; or _kai_confess $_kai_problem
    return 0
end

# Does what the answer says, or says in _kai_problem why the line runs all the same.
function _kai_obey_guard
    set -l known 0
    switch "$_kai_answer[1]"
        case run
            set -q _kai_answer[2]; or set known 1
        case left
            set known 1
            set _kai_allowed 0
            set _kai_problem "$_kai_answer[2]"
        case confirm
            if set -q _kai_answer[4]; and set -l tier (_kai_tier $_kai_answer[2])
                set known 1
                _kai_confirm $tier "$_kai_answer[3]" (string split \x1e -- $_kai_answer[4])
                or set _kai_allowed 0
            end
        case fail
            set known 1
            set _kai_problem "$_kai_answer[2]"
    end
    test $known = 1; or set _kai_problem 'what came is no answer of kai'
end

# Asks for y, or for a word, on lines of its own; fish paints its line anew below them.
function _kai_confirm --argument-names tier word
    set -l reply ''
    if _kai_is_pending # typed before anybody was asked: no answer
        set _kai_problem 'this line needs a yes; press Enter again'
        return 1
    end
    printf '\r\n\e[J'
    printf '%s\n' "kai: $tier" $argv[3..-1]
    if test -z "$word"
        read -n 1 -P 'kai: y runs it, any other key leaves the line ' reply
    else
        read -P "kai: type $word and Enter to run it " reply
    end
    commandline -f repaint
    if test -z "$word"
        string match -qi y -- $reply
    else
        test "$reply" = "$word"
    end
end

# Says above the next line that runs, once in a shell, that nobody looked at it.
function _kai_confess
    set -q _kai_confession; and return 0
    set -g _kai_confession "kai: this line ran without its guard: $argv"
    function _kai_confessing --on-event fish_preexec
        functions -e _kai_confessing
        echo $_kai_confession >&2
    end
end

# --- what was run after an offer -----------------------------------------------------------------

function _kai_watch
    set -g _kai_offered $argv[1]
    functions -q _kai_ran; and return 0
    function _kai_ran --on-event fish_postexec
        set -l code $status
        set -l id $_kai_offered
        functions -e _kai_ran
        set -e _kai_offered
        # What is not for the history is not for kai either.
        test "$KAI_DISABLE" != 1; and string match -qr '^\S' -- $argv[1]; or return 0
        set -l text (string split \n -- $argv[1])
        string match -qr '(?!\t)\p{Cc}' -- $text; and return 0
        set -l request (string join \x1f -- 1 ran fish $id $code (string join \x1e -- $text))
        test (string length -- $request) -le 4096; and _kai_send $request
    end
end

# --- below the line ------------------------------------------------------------------------------

# Shows LINES below a line that is about to grow by GROWN columns, and FOOT as the last of them; never
# more than half of the screen. fish paints only later, so the place is made first: rows below, then
# as many columns on as the line will get.
function _kai_show --argument-names grown foot
    set -l most (math -s0 "$LINES / 2 - 1")
    test $most -ge 1; or set most 1
    set -l columns $COLUMNS
    test $columns -ge 8; or set columns 8
    set -l shown
    set -l used 0
    for line in 'kai: '$argv[3] $argv[4..-1]
        test -n "$line"; or continue
        set -l rows (math -s0 "("(_kai_width $line)" + $columns - 1) / $columns")
        if test (math $used + $rows) -gt $most
            test $used -lt $most
            and set -a shown (string sub -l (math "($most - $used) * $columns - 4") -- $line)' ...'
            set used $most
            break
        end
        set used (math $used + $rows)
        set -a shown $line
    end
    if test -n "$foot"
        set -a shown $foot
        set used (math -s0 "$used + ("(_kai_width $foot)" + $columns - 1) / $columns")
    end
    set -l on ''
    set -l down $used
    if test $grown -gt 0
        set on (string repeat -n $grown ' ')
        set down (math -s0 "$used + ($grown + $columns - 1) / $columns")
    end
    printf '%s\e[%dA\e7%s\r\n\e[J' (string repeat -n $down \eD) $down $on
    printf %s $shown[1]
    set -q shown[2]; and printf '\r\n%s' $shown[2..-1]
    printf '\e8'
end

function _kai_width
    string length -V -- $argv[1] 2>/dev/null; or string length -- $argv[1]
end

# Says LINES of text until the next key.
function _kai_say --argument-names grown
    _kai_show $grown '' (string split \x1e -- $argv[2..-1])
    _kai_enter_mode kai_told
end

# A remark on the command that is about to be painted.
function _kai_remark --argument-names command remark
    set -l widths (string length -V -- $_kai_line[1] $command "kai: $remark" 2>/dev/null)
    test -n "$widths"; or set widths (string length -- $_kai_line[1] $command "kai: $remark")
    set -l grown (math $widths[2] - $widths[1])
    if not set -q _kai_line[2]
        if test $grown -ge 0 -a $grown -lt $COLUMNS -a $widths[3] -le $COLUMNS -a $LINES -ge 6
            and not string match -q '*'\x1e'*' -- $remark
            # Most are one row below a line that grows by one row at most.
            printf '\eD\eD\e[2A\e7%*s\r\n\e[J%s\e8' $grown '' "kai: $remark"
            _kai_enter_mode kai_told
            return
        else if test $grown -ge 0; or test $widths[1] -lt (math -s0 $COLUMNS / 2)
            _kai_say $grown $remark
            return
        end
    end
    # The line will take fewer rows, and fish clears what was below: so this goes above, and fish,
    # which goes up by the rows of the old line, finds room to do so.
    printf '\r\n\e[J'
    printf '%s\n' 'kai: '(string split \x1e -- $remark)
    for line in $_kai_line
        string repeat -N -n (math -s0 "("(_kai_width $line)" + $COLUMNS - 1) / $COLUMNS") \n
    end
    string repeat -N -n (math (count $_kai_line) - 1) \n
    commandline -f repaint
end

# The key that ends such a mode is not used up by that: it then does what it does in its own.
function _kai_enter_mode
    set -q _kai_mode; or bind -M kai_told '' _kai_hide
    set -g _kai_mode $fish_bind_mode
    set -g fish_bind_mode $argv[1]
    functions -q _kai_prompted; and return 0
    function _kai_prompted --on-event fish_prompt
        string match -q 'kai_*' -- $fish_bind_mode; and set -g fish_bind_mode $_kai_mode
    end
end

# Takes away what is shown below the line.
function _kai_hide
    set -g fish_bind_mode $_kai_mode
    printf '\e7\r\n\e[J\e8'
end
