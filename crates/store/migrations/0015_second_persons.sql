-- Who prepared a hold, as far as it tells apart humans: a JSON list of principals, names and linked accounts.
ALTER TABLE brake_holds ADD COLUMN prepared_as TEXT NOT NULL DEFAULT '[]';
