"""Our retrieval in the frameworks of others: a module for each, which needs that framework, its extra."""
