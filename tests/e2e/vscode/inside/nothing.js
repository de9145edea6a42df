"use strict"; // An extension that does nothing: the editor asks for one to run tests of.
exports.activate = () => {};
