"""One folder per message: subject.txt, body.mjml, body.txt, samples.toml, and the values it needs."""
