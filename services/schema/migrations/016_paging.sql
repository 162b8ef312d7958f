-- What is read page by page, or each minute, is found by an index, however many rows there are.

ALTER TABLE customer_feedback ADD KEY feedback_by_page (execution_id, id);

ALTER TABLE customer_feedback ADD KEY feedback_by_cause (execution_id, status, parked_cause, id);

ALTER TABLE execution ADD KEY execution_by_parked (parked);

ALTER TABLE suspect_record ADD KEY suspect_by_time (created_time);

ALTER TABLE discovery ADD KEY discovery_by_time (created_time);

ALTER TABLE curation ADD KEY curation_by_time (created_time);

ALTER TABLE curation ADD COLUMN rows_forgotten TINYINT NOT NULL DEFAULT 0
    COMMENT '1: its rows are being forgotten, 2: they are; it cannot be undone any more';
