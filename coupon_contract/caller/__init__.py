"""Judges programs that issue coupons: each case starts the program against a scripted server on loopback.

Knows the specification and the verdict of the suite, and never imports the sandbox.
"""
