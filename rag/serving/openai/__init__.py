"""OpenAI's protocol: a proxy that puts what was retrieved into requests on their way to a model."""
