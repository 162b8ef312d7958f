-- Categories with a parent; the customers' own columns and the model's further answers where people look at rows.

ALTER TABLE customer_feedback_category ADD COLUMN parent VARCHAR(200) NULL
    COMMENT 'the category with which its rows are counted together, by the profile';

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

-- As before, with the month and the parent.
CREATE OR REPLACE VIEW feedback_mentions AS
SELECT f.id AS feedback_id, f.record_id, f.execution_id, f.profile, f.ref_id, f.product_name, f.store, f.create_date,
    f.create_month, 1 AS position, COALESCE(f.label_final, 'unknown') AS category,
    COALESCE(c.parent, f.label_final, 'unknown') AS parent, f.sentiment, a.evidence
FROM customer_feedback f LEFT JOIN feedback_aspect a ON a.feedback_id = f.id AND a.position = 1
LEFT JOIN customer_feedback_category c ON c.profile = f.profile AND c.name = f.label_final
WHERE f.status IN ('labelled', 'unknown')
UNION ALL
SELECT f.id, f.record_id, f.execution_id, f.profile, f.ref_id, f.product_name, f.store, f.create_date, f.create_month,
    a.position, COALESCE(m2.name, m.name, c.name, 'unknown'),
    COALESCE(IF(m2.id IS NULL, IF(m.id IS NULL, c.parent, m.parent), m2.parent), m2.name, m.name, c.name, 'unknown'),
    a.sentiment, a.evidence
FROM customer_feedback f JOIN feedback_aspect a ON a.feedback_id = f.id AND a.position > 1
LEFT JOIN customer_feedback_category c ON c.id = a.category_id
LEFT JOIN customer_feedback_category m ON m.id = c.merged_into
LEFT JOIN customer_feedback_category m2 ON m2.id = m.merged_into
WHERE f.status IN ('labelled', 'unknown')
    AND (a.category_id IS NULL OR COALESCE(m2.status, m.status, c.status) = 'active')
    AND COALESCE(m2.name, m.name, c.name, 'unknown') <> COALESCE(f.label_final, 'unknown');
