-- Classify shows the model what people corrected last: found without reading every row of the profile.

ALTER TABLE customer_feedback ADD KEY feedback_by_correction (profile, label_correction, last_updated_time);
