"""The control plane: worlds to fork and reset, their clocks and faults, and what can be seen of them."""
