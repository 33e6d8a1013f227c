"""What happens to a transcript afterwards: privacy, classification, an agent's answer."""
