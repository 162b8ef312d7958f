-- A corrected text that comes again is found by its text, however many rows are corrected or say the same.

ALTER TABLE customer_feedback ADD KEY feedback_by_corrected_text (text_key(8), label_correction(1));
