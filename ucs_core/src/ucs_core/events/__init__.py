"""Events: delivered from the outbox, once in effect, in the order of their subjects; and work that plugins do on their own."""
