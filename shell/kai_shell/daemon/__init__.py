"""The daemon: one process for each user that keeps kai loaded, so that a key is answered at once.

protocol.py   what is said over the socket and the FIFOs
runtime.py    where the socket lives, and who may be there
server.py     the event loop: listens first, loads the rest
fifo.py       the same for shells that cannot open a socket (bash, fish)
talk.py       the way back to a shell whose user is being asked
loading.py    what is loaded before anybody asks
session.py    one request and the engine it goes to
panel/        what is drawn below the prompt
work.py       a request becomes an answer, by `Engine.suggest`
client.py     the small client; standard library only
lifecycle.py  start, stop, status, replacing an old daemon
log.py        the log file
"""
