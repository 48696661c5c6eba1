"""What goes wrong on purpose: rules, their effects, and the one-request simulation header."""
