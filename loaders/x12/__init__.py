"""Partners who speak X12: profiles, control numbers both ways, and publishing what came from them."""
