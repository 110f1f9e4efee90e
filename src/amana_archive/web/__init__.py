"""What all pages share: languages, headers, assets."""
