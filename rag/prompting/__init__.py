"""From hits to a prompt: choose passages that fit, fence them, fill in a template."""
