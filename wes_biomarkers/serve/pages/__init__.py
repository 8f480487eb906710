"""What the browser's pages Genes, Patient and Plan are drawn from: frames in, JSON-ready answers out."""
