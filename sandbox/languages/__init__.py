"""What a person reads, in the languages the platform speaks; codes are never translated."""
