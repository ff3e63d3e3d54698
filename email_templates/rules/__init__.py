"""What `email_templates.lint` checks, one file per place it looks: sources, compiled mails, catalogues."""
