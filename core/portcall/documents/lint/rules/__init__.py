"""Our own rules, by what they are about."""
