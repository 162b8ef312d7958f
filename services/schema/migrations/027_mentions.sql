-- Categories with a parent, and mentions counted by month and parent.

ALTER TABLE customer_feedback_category ADD COLUMN parent VARCHAR(200) NULL
    COMMENT 'the category with which its rows are counted together, by the profile';

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
