-- Rows that a customer sends again: found by the customer's own id, skipped if asked for, and the latest of each.

ALTER TABLE execution ADD COLUMN duplicates VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
    DEFAULT 'keep' COMMENT 'keep, skip or replace: what this file does with rows that are known'
    AFTER open_profile;

ALTER TABLE execution ADD COLUMN skipped BIGINT UNSIGNED NOT NULL DEFAULT 0
    COMMENT 'rows that were known and not asked about' AFTER failed;

ALTER TABLE customer_feedback ADD KEY feedback_by_ref (profile, ref_id);

-- One row for each id of the customer's own, the latest that has a label; of direct feedback, one for each id of
-- each source. Ids are compared exactly, whatever the column's collation. A row without an id stands for itself.
-- The hints keep a server from reading all rows for each row, where there are few executions.
CREATE OR REPLACE VIEW feedback_latest AS
SELECT f.id, f.record_id, f.execution_id, f.`row_number`, f.profile, f.ref_id, f.product_name, f.store, f.stars,
    f.title, f.feedback, f.create_date, f.label_final, f.sentiment, f.status, f.created_time, f.last_updated_time
FROM customer_feedback f JOIN execution e ON e.execution_id = f.execution_id
WHERE f.status <> 'skipped' AND NOT EXISTS (
    SELECT 1 FROM customer_feedback n FORCE INDEX (feedback_by_ref)
    STRAIGHT_JOIN execution ne ON ne.execution_id = n.execution_id
    WHERE n.profile = f.profile AND n.ref_id = f.ref_id AND n.status <> 'skipped'
        AND CAST(n.ref_id AS BINARY) = CAST(f.ref_id AS BINARY)
        AND IF(n.`row_number` IS NULL, LEFT(n.record_id, CHAR_LENGTH(n.record_id) - 25), '')
            = IF(f.`row_number` IS NULL, LEFT(f.record_id, CHAR_LENGTH(f.record_id) - 25), '')
        AND (n.status IN ('labelled', 'unknown'), ne.started_at, n.execution_id, COALESCE(n.`row_number`, n.id))
            > (f.status IN ('labelled', 'unknown'), e.started_at, f.execution_id, COALESCE(f.`row_number`, f.id))
);
