"""From hits to a prompt: choose passages that fit, fence them, fill a template."""
