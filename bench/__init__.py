"""Measurements. `make bench` runs every module here that is a program of its own.

Figures are medians, and process times come with their ratio to a bare Python measured in the same
run: the ratio is what can be compared between machines.
"""
