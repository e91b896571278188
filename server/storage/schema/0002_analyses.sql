-- What was estimated beside the fit of IsoFLOP profiles from the same runs at the same time:
-- loss surface, envelope, what they were held against (JSON). NULL: a fit of before.
ALTER TABLE fits ADD COLUMN analysis TEXT;
