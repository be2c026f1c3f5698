"""The `coupon-contract` command: judge an implementation, or serve the sandbox, from the installed wheel."""
