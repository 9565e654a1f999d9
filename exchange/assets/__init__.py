"""Registration of data assets: nodes and their descriptions, application, review, notice, code."""
