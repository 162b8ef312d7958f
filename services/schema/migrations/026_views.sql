-- What people look at: the views that the readers' login may read, and the month by which rows are found.

ALTER TABLE customer_feedback ADD COLUMN create_month DATE
    GENERATED ALWAYS AS (DATE(create_date) - INTERVAL (DAYOFMONTH(create_date) - 1) DAY) VIRTUAL
    COMMENT 'the first day of the month of create_date';

ALTER TABLE customer_feedback ADD KEY feedback_by_month (profile, create_month);

-- One row for each id of the customer's own, as before, with the month and what stands in JSON.
CREATE OR REPLACE VIEW feedback_latest AS
SELECT f.id, f.record_id, f.execution_id, f.`row_number`, f.profile, f.ref_id, f.product_name, f.store, f.stars,
    f.title, f.feedback, f.create_date, f.label_final, f.sentiment, f.status, f.created_time, f.last_updated_time,
    f.create_month, f.attributes, f.attribute_sources, f.segments
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

-- In two steps, because MariaDB hands a condition on the month down to the rows only if grouping and window are apart.
CREATE OR REPLACE VIEW category_share_by_month AS
SELECT profile, month, category, feedbacks,
    100 * feedbacks / SUM(feedbacks) OVER (PARTITION BY profile, month) AS share_percent,
    negative, positive, neutral, mixed
FROM (
    SELECT profile, create_month AS month, label_final AS category, COUNT(*) AS feedbacks,
        SUM(sentiment = 'negative') AS negative, SUM(sentiment = 'positive') AS positive,
        SUM(sentiment = 'neutral') AS neutral, SUM(sentiment = 'mixed') AS mixed
    FROM feedback_latest
    WHERE status IN ('labelled', 'unknown')
    GROUP BY profile, create_month, label_final
) AS counted;

CREATE OR REPLACE VIEW execution_summary AS
SELECT execution_id, kind, profile, source_key AS source, status, started_at, completed_at, rows_read, accepted,
    rejected, labelled, `unknown`, failed, skipped, parked, discovered, calls, input_tokens, output_tokens,
    estimated_cost AS estimated_cost_usd, failure_reason
FROM execution;
