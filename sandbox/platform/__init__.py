"""The event and booking platform: its resources and the rules between them."""
