"""Where we are and what exists: kubeconfig and names."""
