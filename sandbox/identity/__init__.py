"""Who calls: principals, roles and scopes, and the tokens that carry them."""
